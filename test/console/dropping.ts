import type { Locator, Page } from 'playwright-core';

/** Drops a file on what is found, as somebody does who drags it there. */
export const dropFile = async (
  page: Page,
  target: Locator,
  name: string,
  bytes: Uint8Array,
): Promise<void> => {
  const dataTransfer = await page.evaluateHandle(
    `(() => {
      const bytes = Uint8Array.from(atob('${Buffer.from(bytes).toString('base64')}'), (each) => each.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], '${name}'));
      return transfer;
    })()`,
  );
  await target.dispatchEvent('drop', { dataTransfer });
};
