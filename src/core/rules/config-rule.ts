import type { App } from '../app/app.ts';
import type { Catalog, Config } from '../config/schema.ts';
import type { Page } from '../explain/page.ts';
import type { Edit } from '../yaml/edit.ts';
import type { Severity } from './finding.ts';

/** A config and what it was resolved to. */
export interface ConfigSubject {
  config: Config;
  app: App;
  catalog: Catalog;
}

/** What a rule found in mcpk.yaml. */
export interface ConfigFault {
  /** JSON Pointer in mcpk.yaml. */
  pointer: string;
  message: string;
  server?: string;
  fix?: Edit[];
  severity?: Severity;
  remedy?: string;
}

/** A rule about mcpk.yaml itself: what its objects would no longer show. */
export interface ConfigRule {
  id: string;
  severity: Severity;
  page: Page;
  /** See Rule. */
  findsSecrets?: true;
  check(subject: ConfigSubject): Iterable<ConfigFault>;
}
