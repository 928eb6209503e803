import type { ErrorObject } from 'ajv';

/** Compiled from schemas/mcpk.v1.schema.json by `npm run generate`. */
declare const validate: { (data: unknown): boolean; errors?: ErrorObject[] | null };
export default validate;
