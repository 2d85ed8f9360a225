import { describe, expect, it } from 'vitest';
import { markTablesPure } from '../../../scripts/build/pure-schema-tables.ts';
import { withoutUnusedMethods } from '../../../scripts/build/used-api-methods.ts';

describe('schema tables', () => {
  it('become calls that may go when nobody needs them, on one line or many', () => {
    const source = [
      'export var One$ = [-3, _s, "One", 0, [], []];',
      'var Two$ = [9, n0, _T,',
      '    { [_h]: ["POST", "/", 200] }, () => In$, () => Out$',
      '];',
      'const _a = "a";',
    ].join('\n');
    expect(markTablesPure(source)).toBe(
      [
        'export var One$ = /* @__PURE__ */ (() => [-3, _s, "One", 0, [], []])();',
        'var Two$ = /* @__PURE__ */ (() => [9, n0, _T,',
        '    { [_h]: ["POST", "/", 200] }, () => In$, () => Out$',
        '])();',
        'const _a = "a";',
      ].join('\n'),
    );
  });
});

describe('generated API classes', () => {
  const source = `export class Api {
    constructor(configuration) {
        this.configuration = configuration;
    }
    async readNode(name, _options) {
        if (name) {
            return 1;
        }
    }
    async readNodeWithHttpInfo(response) {
        return 2;
    }
    readPod(param = {}, options) {
        return 3;
    }
}
`;

  it('keep their constructor and the methods that somebody names, in both forms', () => {
    const { Api } = evaluated(withoutUnusedMethods(source, new Set(['readNode'])));
    expect(Object.getOwnPropertyNames(Api.prototype)).toEqual(['constructor', 'readNode', 'readNodeWithHttpInfo']);
  });

  it('are empty but whole when nobody names a method', () => {
    const { Api } = evaluated(withoutUnusedMethods(source, new Set()));
    expect(Object.getOwnPropertyNames(Api.prototype)).toEqual(['constructor']);
  });

  function evaluated(code: string): { readonly Api: { readonly prototype: object } } {
    return new Function(`${code.replace('export ', '')} return { Api };`)();
  }
});
