/** Values under path prefixes, in a radix tree: one walk along a path meets every prefix of it. */
export interface PrefixTree<Value> {
  insert(prefix: string, value: Value): void;
  /** Appends the values of every prefix of `path`, one list a prefix, shortest first; lists keep insertion order. */
  collect(path: string, into: (readonly Value[])[]): void;
}

interface Node<Value> {
  label: string;
  values: Value[];
  children: Map<number, Node<Value>>;
}

export function prefixTree<Value>(): PrefixTree<Value> {
  const root: Node<Value> = { label: "", values: [], children: new Map() };
  return {
    insert: (prefix, value) => nodeFor(root, prefix).values.push(value),
    collect: (path, into) => {
      let node: Node<Value> | undefined = root;
      let at = 0;
      while (node !== undefined && path.startsWith(node.label, at)) {
        if (node.values.length > 0) into.push(node.values);
        at += node.label.length;
        node = node.children.get(path.charCodeAt(at));
      }
    },
  };
}

function nodeFor<Value>(root: Node<Value>, prefix: string): Node<Value> {
  let node = root;
  let rest = prefix;
  while (rest !== "") {
    const child = node.children.get(rest.charCodeAt(0));
    if (child === undefined) return addLeaf(node, rest);
    const shared = sharedLength(child.label, rest);
    if (shared < child.label.length) split(child, shared);
    node = child;
    rest = rest.slice(shared);
  }
  return node;
}

function addLeaf<Value>(parent: Node<Value>, label: string): Node<Value> {
  const leaf: Node<Value> = { label, values: [], children: new Map() };
  parent.children.set(label.charCodeAt(0), leaf);
  return leaf;
}

function split<Value>(node: Node<Value>, at: number): void {
  const tail: Node<Value> = { ...node, label: node.label.slice(at) };
  node.label = node.label.slice(0, at);
  node.values = [];
  node.children = new Map([[tail.label.charCodeAt(0), tail]]);
}

function sharedLength(left: string, right: string): number {
  const limit = Math.min(left.length, right.length);
  let length = 0;
  while (length < limit && left.charCodeAt(length) === right.charCodeAt(length)) length += 1;
  return length;
}
