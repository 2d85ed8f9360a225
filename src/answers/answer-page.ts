/** What somebody sees who has opened a link. */
export interface AnswerPage {
  readonly status: number;
  readonly title: string;
  /** Sentences, each its own paragraph. */
  readonly says: readonly string[];
  /** As it was mailed, line by line. */
  readonly quotes?: string;
  /** What can be done from here. Without it the page only tells. */
  readonly form?: {
    readonly button: string;
    /** What goes with it, unseen. */
    readonly fields: Readonly<Record<string, string>>;
    /** Whether a reason is asked for beside the name. */
    readonly reason: boolean;
  };
}

/** Nothing is loaded, run, framed, kept or indexed, and no other page learns the link. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
};

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#111;background:#fff}' +
  'pre{white-space:pre-wrap;background:#f2f2f2;padding:1rem}label{display:block;margin:1rem 0}' +
  'input{display:block;font:inherit;padding:.4rem;width:100%;box-sizing:border-box}' +
  'button{font:inherit;padding:.6rem 1.2rem;cursor:pointer}';

/** The page as HTML, without any script. */
export function answerHtml({ title, says, quotes, form }: AnswerPage): string {
  const paragraphs = says.map((one) => `<p>${escaped(one)}</p>`).join('\n');
  const quoted = quotes === undefined ? '' : `\n<pre>${escaped(quotes)}</pre>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${paragraphs}${quoted}${form ? `\n${formHtml(form)}` : ''}
</body>
</html>
`;
}

function formHtml({ button, fields, reason }: NonNullable<AnswerPage['form']>): string {
  const hidden = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const asked = reason ? '<label>Why <input name="reason" required maxlength="200"></label>' : '';
  return `<form method="post" action="/">
${hidden.join('\n')}
<label>Your name, for the record <input name="by" required maxlength="60" autocomplete="name"></label>
${asked}
<button>${escaped(button)}</button>
</form>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** A page that only tells. */
export function told(status: number, title: string, ...says: readonly string[]): AnswerPage {
  return { status, title, says };
}
