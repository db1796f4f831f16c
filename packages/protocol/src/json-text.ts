/** A value's JSON, made once: what its owner does with the value afterwards changes nothing, and no try has to make it again. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Within other JSON it is what it was made of. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** The JSON of an object, and one member more, which comes last: the last of a name counts. */
export function withMember(object: string, name: string, json: JsonText): string {
  return `${object === "{}" ? "{" : `${object.slice(0, -1)},`}${JSON.stringify(name)}:${json.text}}`;
}
