import type { Locator, Page } from 'playwright-core';

/** Drops a file on an element of the page, like a user. */
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
