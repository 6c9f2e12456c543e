/** What a person sees who opens the address in a browser: words, no script, no style, no form. */
export const landingPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Joinery</title>
<h1>Joinery</h1>
<p>An identity exchange: it connects an organisation's HR system, directories and applications,
joins the accounts that belong to one person, and keeps every connected system right, by rule.</p>
<p>Its graph answers at <a href="/graphql"><code>/graphql</code></a>, by POST, to whoever has signed
in. How to use it is told in the <code>README.md</code> and the folder <code>docs</code> that came
with it.</p>
</html>
`;
