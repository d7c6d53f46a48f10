/** The places of the training's figures in documents that have other things in them. */
const [OPEN, CLOSE] = ['<!-- training -->\n', '<!-- /training -->\n'] as const;

/** What stands there, if there is a place. */
export function trainingOf(document: string): string | undefined {
  return document.split(OPEN)[1]?.split(CLOSE)[0];
}

/** The document with this in its place, or without one, before its first section. */
export function withTraining(document: string, text: string | undefined): string {
  if (text === undefined) return document;
  const old = trainingOf(document);
  const place = `${OPEN}${text}${CLOSE}`;
  if (old !== undefined) return document.replace(`${OPEN}${old}${CLOSE}`, () => place);
  return document.replace('\n## ', () => `\n${place}\n## `);
}
