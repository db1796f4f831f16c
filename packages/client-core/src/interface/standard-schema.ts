/**
 * A schema of any library that follows https://standardschema.dev (zod, valibot, arktype, …), as far as it is used here. A copy of the
 * interface, as its authors advise, so that no dependency is needed.
 */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** Schemas of `data-*` parts by their name, as the AI SDK's `dataPartSchemas`: `{ weather: schema }` is for `data-weather`. */
export type DataSchemas = Readonly<Record<string, StandardSchema>>;
