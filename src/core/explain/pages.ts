import { checkPages } from './check-pages.ts';
import { errorPages } from './error-pages.ts';
import { imagePages } from './image-pages.ts';
import type { Pages } from './page.ts';
import { serverPages } from './server-pages.ts';

/** Every page: checks, diagnoses and error codes. */
export const PAGES: Pages = { ...checkPages, ...serverPages, ...errorPages, ...imagePages };
