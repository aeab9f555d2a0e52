/** The TLS certificate of all servers in a test cloud. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const NAMES = 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:*.localhost,DNS:*.execute-api.localhost';

export const certificateIn = (directory: string): { readonly key: string; readonly cert: string } => ({
  key: join(directory, 'key.pem'),
  cert: join(directory, 'cert.pem'),
});

export const makeCertificate = (directory: string): void => {
  const { key, cert } = certificateIn(directory);
  const extensions = ['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', NAMES];
  const made = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'];
  execFileSync('openssl', ['req', ...made, '-keyout', key, '-out', cert, ...extensions], { stdio: 'pipe' });
};
