import { rulePages } from '../rules/catalogue.ts';
import { checkPages } from './check-pages.ts';
import { connectPages } from './connect-pages.ts';
import { deployPages } from './deploy-pages.ts';
import { errorPages } from './error-pages.ts';
import { imagePages } from './image-pages.ts';
import { lintPages } from './lint-pages.ts';
import type { Pages } from './page.ts';
import { serverPages } from './server-pages.ts';

/** Every page: checks, rules, diagnoses and error codes. */
export const PAGES: Pages = {
  ...checkPages,
  ...serverPages,
  ...errorPages,
  ...deployPages,
  ...connectPages,
  ...imagePages,
  ...lintPages,
  ...rulePages,
};
