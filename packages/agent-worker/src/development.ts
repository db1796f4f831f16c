/**
 * Whether `wrangler dev` (or Vite's dev server) bundled this Worker: both write a string in the place of `process.env.NODE_ENV`, and `wrangler deploy`
 * writes "production". No variable of a deployment changes it.
 */
export const inDevelopment: boolean = process.env.NODE_ENV === "development";
