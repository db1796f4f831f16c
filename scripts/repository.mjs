/** What package.json says of a repository, of which npm shows links and to which provenance must fit. */
export function repositoryOf(url, name) {
  return {
    homepage: `${url}/tree/main/packages/${name}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: "git", url: `git+${url}.git`, directory: `packages/${name}` },
  };
}
