import java.util.Arrays;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;

/** DynamoDB Local at the one address that the first argument names; by itself it listens on every address of the machine. */
class DynamodbAtAddress {
  public static void main(String[] arguments) throws Exception {
    var options = Arrays.copyOfRange(arguments, 1, arguments.length);
    var runner = ServerRunner.createServerFromCommandLineArgs(options);
    var server = runner.getClass().getDeclaredField("server");
    server.setAccessible(true);
    for (var connector : ((Server) server.get(runner)).getConnectors()) {
      ((ServerConnector) connector).setHost(arguments[0]);
    }
    runner.start();
  }
}
