import { useState } from 'preact/hooks';

/** The default host of the command line. */
const USUAL_HOST = '127.0.0.1:8787';

/** A call of the command line for the service that served this page. */
export const taskport = (args: string): string => {
  const { host, origin } = window.location;
  return `${host === USUAL_HOST ? '' : `TASKPORT_URL=${origin} `}npx taskport ${args}`;
};

/** A command line that breaks only at its blanks, and not within `--`. */
export const CommandLine = ({ text }: { readonly text: string }) => (
  <code class="words">
    {text.split(' ').map((word, at) => (
      <>
        {at > 0 && ' '}
        <span>{word}</span>
      </>
    ))}
  </code>
);

/** A line to type elsewhere, with a button that copies it. */
export const Command = ({ text, label = text }: { readonly text: string; readonly label?: string }) => {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div class="command">
      <CommandLine text={text} />
      <button
        type="button"
        class="quiet"
        aria-label={`Copy ${label}`}
        onClick={() => void copy().catch(() => {})}
      >
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
};
