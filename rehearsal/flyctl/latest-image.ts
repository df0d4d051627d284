import type { Api } from './api.ts';
import { CommandError, wrapped } from './failure-report.ts';
import type { Machine } from './machines.ts';

const QUERY =
  'query($image: String!, $flyVersion: String) { latestImageDetails(image: $image, flyVersion: $flyVersion) { registry repository tag version digest } }';

/** Asks for newer versions of the machines' images, as `status` and `image show` do; nothing comes of it for images that are not Fly's. */
export async function askForNewerImages(api: Api, machines: readonly Machine[]): Promise<void> {
  const unknown = new Set<string>();
  for (const { image_ref: ref } of machines) {
    const image = `${ref?.repository ?? ''}:${ref?.tag ?? ''}`;
    if (unknown.has(image) || ref?.tag?.startsWith('deployment-')) continue;
    try {
      await api.graphql(QUERY, { flyVersion: ref?.labels?.['fly.version'] ?? '', image });
    } catch (error) {
      if (!(error instanceof CommandError && error.message.includes('Unknown repository'))) {
        throw wrapped(`unable to fetch latest image details for ${image}`, error);
      }
      unknown.add(image);
    }
  }
}
