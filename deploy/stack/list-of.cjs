// What a stage parameter lists: `subnet-a, subnet-b,` are two.
// JavaScript because serverless.yml cannot split a text.
module.exports = (text) =>
  String(text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
