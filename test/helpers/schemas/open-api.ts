import type { KubeConnection } from '../../../src/adapters/kube/connection.ts';
import { api } from '../cluster.ts';

export interface OpenApiSchema {
  $ref?: string;
  allOf?: OpenApiSchema[];
  type?: string;
  enum?: string[];
  items?: OpenApiSchema;
  properties?: Record<string, OpenApiSchema>;
  additionalProperties?: OpenApiSchema;
  required?: string[];
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

interface OpenApiDocument {
  components: { schemas: Record<string, OpenApiSchema> };
}

/** The OpenAPI v3 documents of the groups of an API server that have a version. */
export async function openApiDocuments(kube: KubeConnection): Promise<OpenApiDocument[]> {
  const { paths } = (await api(kube, 'GET', '/openapi/v3')) as { paths: Record<string, { serverRelativeURL: string }> };
  const urls = Object.entries(paths).flatMap(([path, { serverRelativeURL }]) =>
    /^apis?\/(.*\/)?v\d/.test(path) ? [new URL(serverRelativeURL, 'https://server')] : [],
  );
  return Promise.all(
    urls.map(async ({ pathname, searchParams }) => {
      const query = Object.fromEntries(searchParams);
      return (await api(kube, 'GET', pathname, undefined, query)) as OpenApiDocument;
    }),
  );
}

/** All schemas by name. */
export function definitionsOf(documents: readonly OpenApiDocument[]): Record<string, OpenApiSchema> {
  return Object.assign({}, ...documents.map(({ components }) => components.schemas));
}

/** Follows a reference. */
export function resolved(schema: OpenApiSchema, definitions: Record<string, OpenApiSchema>): OpenApiSchema {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  return ref ? (definitions[ref.replace('#/components/schemas/', '')] ?? {}) : schema;
}
