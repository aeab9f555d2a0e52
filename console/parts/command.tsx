import { useState } from 'preact/hooks';

/** A line to be typed elsewhere, with a button that copies it. */
export const Command = ({ text, label = text }: { readonly text: string; readonly label?: string }) => {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div class="command">
      <code>{text}</code>
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
