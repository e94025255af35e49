import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEmbedder, type Embedder } from '../../../../src/providers/local/embedder.js';
import { honestLine } from '../../../../src/providers/local/extractive/honest-line.js';
import type { AnswerPlan } from '../../../../src/providers/local/extractive/rule.js';
import { planAnswer, rules } from '../../../../src/providers/local/extractive/rules.js';
import { createSimilarity, type Similarity } from '../../../../src/providers/local/similarity.js';
import { assistant, jsonSchema, type Message, requestOf, system, tool, toolTurn, user } from '../support/chat.js';

let embedder: Embedder;
let similarity: Similarity;
beforeAll(async () => {
  embedder = createEmbedder();
  similarity = createSimilarity(embedder);
  // Were it missing, shared words would stand in for meaning, and tests would fail without saying why.
  await embedder.embed(['Hello'], 'interactive');
});
afterAll(() => embedder.close());

const plan = (messages: string | Message[], rest: Record<string, unknown> = {}): Promise<AnswerPlan> =>
  planAnswer(requestOf(messages, rest), similarity);
const calls = async (messages: string | Message[], rest: Record<string, unknown>) =>
  (await plan(messages, rest)).toolCalls?.map((call) => [call.name, JSON.parse(call.arguments)]);

const weather = tool(
  'get_weather',
  'Get the current weather for a city',
  { location: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
  ['location'],
);
const currency = tool(
  'convert_currency',
  'Convert an amount of money to another currency',
  { amount: { type: 'number' } },
  ['amount'],
);
const search = [tool('file_search'), tool('web_search')];

describe('the published table', () => {
  it('holds the rules in the order they are tried, each with words for the docs', () => {
    expect(rules.map((rule) => rule.name)).toEqual(['a', 'b', 'b2', 'b3', 'c', 'c2', 'd', 'e']);
    for (const rule of rules) expect(rule.when.length * rule.answer.length).toBeGreaterThan(0);
  });
});

describe('b3: summary', () => {
  const text =
    'The harbour of Lindau has a lighthouse. The lighthouse stands in the harbour since 1856. Bread was cheap. ' +
    'A lion of stone looks at the lighthouse across the harbour. Is it open? It rained. Somebody coughed. The end came.';

  it('quotes the sentences that say most, in their order', async () => {
    expect((await plan(`Summarize this text: ${text}`)).text).toBe(
      'The lighthouse stands in the harbour since 1856.\nA lion of stone looks at the lighthouse across the harbour.',
    );
  });

  it('is bounded, whatever the text', async () => {
    const long = Array.from({ length: 5000 }, (_, n) => `Word after word and number ${n} make a sentence.`).join(' ');
    const short = (await plan(`Summarise:\n${long}`)).text ?? '';
    expect(short.split('\n')).toHaveLength(40);
    const { text: cut = '' } = await plan(`Summarise:\n${'endless '.repeat(5000)}. And ${'more '.repeat(5000)}.`);
    expect(cut.length).toBeLessThanOrEqual(4000);
  });

  it('needs text to sum up', async () => {
    expect((await plan('Summarize')).text).toBe(honestLine);
  });
});

describe('a: structured output', () => {
  it('answers a JSON schema before anything else, tools included', async () => {
    const schema = {
      type: 'object',
      properties: { name: { type: 'string' }, age: { type: 'integer' } },
      required: ['name', 'age'],
    };
    const { text } = await plan('get_weather: my name is Bob and I am 42.', {
      ...jsonSchema(schema),
      tools: [weather],
    });
    expect(JSON.parse(text ?? '')).toEqual({ name: 'Bob', age: 42 });
  });
  it.each([
    ['city: Paris, days: 3', { city: 'Paris', days: 3 }],
    ['My name is Alice.', { name: 'Alice' }],
    ['Hello there', { text: 'Hello there' }],
  ])('makes a small object for json_object: %s', async (text, expected) => {
    const answer = await plan(text, { response_format: { type: 'json_object' } });
    expect(JSON.parse(answer.text ?? '')).toEqual(expected);
  });
  it('says in a 400 when the schema cannot be filled', async () => {
    await expect(
      plan('x', jsonSchema({ type: 'object', properties: { a: false }, required: ['a'] })),
    ).rejects.toMatchObject({
      status: 400,
      code: 'invalid_json_schema',
      param: 'response_format',
    });
  });
});

describe('b: functions', () => {
  it('calls a function whose description is near the question', async () => {
    expect(await calls('What is the weather in Paris?', { tools: [weather, currency] })).toEqual([
      ['get_weather', { location: 'Paris' }],
    ]);
  });
  it('calls a function whose name is in the message, also in plain words', async () => {
    expect(await calls('Use get_weather, location: Oslo, in celsius', { tools: [weather, currency] })).toEqual([
      ['get_weather', { location: 'Oslo', unit: 'celsius' }],
    ]);
    expect(await calls('please convert currency, amount 12.5', { tools: [weather, currency] })).toEqual([
      ['convert_currency', { amount: 12.5 }],
    ]);
  });
  it('leaves functions alone that have nothing to do with the message', async () => {
    expect((await plan('Hello, how are you?', { tools: [weather, currency] })).text).toBe(honestLine);
  });
  it('makes parallel calls for two matches, and one when parallel calls are off', async () => {
    const both = 'Run get_weather in Rome and convert_currency 5';
    expect(await calls(both, { tools: [weather, currency] })).toHaveLength(2);
    expect(await calls(both, { tools: [weather, currency], parallel_tool_calls: false })).toHaveLength(1);
  });
  it('calls the forced function whatever the message says, and the nearest one when any is required', async () => {
    const forced = { type: 'function', function: { name: 'convert_currency' } };
    expect(await calls('Hello 7', { tools: [weather, currency], tool_choice: forced })).toEqual([
      ['convert_currency', { amount: 7 }],
    ]);
    expect(
      await calls('Exchange 20 dollars into euros', { tools: [weather, currency], tool_choice: 'required' }),
    ).toEqual([['convert_currency', { amount: 20 }]]);
  });
  it('does not call again once a tool has answered, even when forced', async () => {
    const messages = [user('What is the weather in Paris?'), ...toolTurn('get_weather', '21 degrees')];
    const answer = await plan(messages, { tools: [weather], tool_choice: 'required' });
    expect(answer).toEqual({ text: 'get_weather returned: 21 degrees' });
  });
  it('calls again for the next message', async () => {
    const messages = [
      user('Weather in Paris?'),
      ...toolTurn('get_weather', '21'),
      assistant('21'),
      user('What is the weather in Rome?'),
    ];
    expect(await calls(messages, { tools: [weather] })).toEqual([['get_weather', { location: 'Rome' }]]);
  });
  it('calls nothing when tools are off', async () => {
    expect((await plan('get_weather', { tools: [weather], tool_choice: 'none' })).toolCalls).toBeUndefined();
  });
  it.each([
    ['parameters that allow nothing', { type: 'object', properties: { a: { $ref: '#/$defs/none' } }, required: ['a'] }],
    ['parameters that are no object', { type: 'string' }],
    ['an unknown type', { type: 'object', properties: { a: { type: 'tuple' } }, required: ['a'] }],
  ])('refuses %s with a 400 instead of inventing arguments', async (_, parameters) => {
    const tools = [{ type: 'function', function: { name: 'broken', parameters } }];
    await expect(plan('call broken', { tools })).rejects.toMatchObject({
      status: 400,
      code: 'invalid_function_parameters',
    });
  });
  it('refuses to be forced to a tool that is not there', async () => {
    const choice = { type: 'function', function: { name: 'gone' } };
    await expect(plan('x', { tools: [weather], tool_choice: choice })).rejects.toMatchObject({
      status: 400,
      param: 'tool_choice',
    });
  });
});

describe('b2: built-in search', () => {
  const question = 'What is in the knowledge base about AI?';
  it('asks every search once, with the question as the query', async () => {
    expect(await calls(question, { tools: search })).toEqual([
      ['file_search', { queries: [question] }],
      ['web_search', { query: question }],
    ]);
  });
  it('asks one after the other when parallel calls are off', async () => {
    const options = { tools: search, parallel_tool_calls: false };
    expect(await calls(question, options)).toEqual([['file_search', { queries: [question] }]]);
    const later = [user(question), ...toolTurn('file_search', { results: [] })];
    expect(await calls(later, options)).toEqual([['web_search', { query: question }]]);
  });
  it('searches again after the next message', async () => {
    const messages = [user('One?'), ...toolTurn('web_search', { results: [] }), assistant('x'), user('Two?')];
    expect(await calls(messages, { tools: [tool('web_search')] })).toEqual([['web_search', { query: 'Two?' }]]);
  });
  it('fills the query of a search that is forced', async () => {
    const choice = { type: 'function', function: { name: 'file_search' } };
    expect(await calls('Hello', { tools: [weather, ...search], tool_choice: choice })).toEqual([
      ['file_search', { queries: ['Hello'] }],
    ]);
  });
});

describe('c: results', () => {
  const question = user('What colour is the roof of the town hall?');
  const roof = 'The roof of the town hall is painted dark green.';
  const results = {
    results: [
      {
        file_id: 'file_1',
        filename: 'town.md',
        score: 0.6,
        text: `The market opens at eight. ${roof} Parking costs two euros.`,
      },
      { file_id: 'file_2', filename: 'other.md', score: 0.4, text: 'Bananas are rich in potassium.' },
    ],
  };
  it('quotes the best sentence word for word and cites its file', async () => {
    const answer = await plan([question, ...toolTurn('file_search', results)], { tools: search.slice(0, 1) });
    expect(answer.text).toBe(roof);
    expect(answer.citations).toEqual([
      { type: 'file_citation', fileId: 'file_1', filename: 'town.md', start: 0, end: roof.length },
    ]);
  });
  it('cites a web page with the place of the quote', async () => {
    const page = { results: [{ url: 'https://example.com/hall', title: 'Town hall', text: roof, score: 1 }] };
    const answer = await plan([question, ...toolTurn('web_search', page)]);
    expect(answer.citations).toEqual([
      { type: 'url_citation', url: 'https://example.com/hall', title: 'Town hall', start: 0, end: roof.length },
    ]);
  });
  it.each([
    ['no results', { results: [] }],
    ['results about something else', { results: [{ text: 'Bananas are rich in potassium.', score: 0.1 }] }],
  ])("says that the sources don't say: %s", async (_, output) => {
    expect(await plan([question, ...toolTurn('file_search', output)])).toEqual({ text: "The sources don't say." });
  });
  it.each([
    ['web_search', { results: [], error: 'not_configured' }, 'Web search is not configured on this server.'],
    ['web_search', 'Web search is not configured on this server.', 'Web search is not configured on this server.'],
    ['web_search', { error: 'timed out.' }, 'Web search failed: timed out.'],
    [
      'file_search',
      { results: [], error: { message: 'index is being rebuilt' } },
      'File search failed: index is being rebuilt.',
    ],
  ])('says honestly what went wrong: %s %j', async (name, output, expected) => {
    expect(await plan([question, ...toolTurn(name, output)])).toEqual({ text: expected });
  });
  it('repeats a short function output as it is, JSON too', async () => {
    const answer = await plan([question, ...toolTurn('look_up', { roof: 'green' })]);
    expect(answer.text).toBe('look_up returned: {"roof":"green"}');
  });
});

describe('c2: the conversation', () => {
  it('answers "What is my name?" from what was said before', async () => {
    const messages = [user('My name is Alice.'), assistant(honestLine), user('What is my name?')];
    expect(await plan(messages)).toEqual({ text: 'You said: "My name is Alice."' });
  });
  it('finds it in a long conversation, and takes what was said last', async () => {
    const talk = Array.from({ length: 60 }, (_, i) => user(`Fact number ${i} is about bridge ${i}.`));
    const messages = [user('My name is Bob.'), ...talk, user('My name is Alice.'), ...talk, user('What is my name?')];
    expect((await plan(messages)).text).toBe('You said: "My name is Alice."');
  });
  it('quotes what stands beside the question in the same message', async () => {
    expect((await plan('My dog is called Rex. What is my dog called?')).text).toBe('You said: "My dog is called Rex."');
  });
  it('quotes an attached text file', async () => {
    const file = {
      filename: 'a.txt',
      file_data: `data:text/plain;base64,${Buffer.from('The key is under the mat.').toString('base64')}`,
    };
    const messages = [
      user([
        { type: 'file', file },
        { type: 'text', text: 'Here.' },
      ]),
      user('Where is the key?'),
    ];
    expect((await plan(messages)).text).toBe('You attached: "The key is under the mat."');
  });
  it.each<[string, Message[]]>([
    ['system text', [system('My name is Alice.'), user('What is my name?')]],
    ['the question itself, asked before', [user('What is my name?'), assistant(honestLine), user('What is my name?')]],
    ['something far away', [user('Bananas are rich in potassium.'), user('What is my name?')]],
    [
      'its own line about itself',
      [user('Hi'), assistant(honestLine), user('Can you fill JSON schemas and call tools?')],
    ],
    ['a tool output', [user('Hi'), ...toolTurn('f', 'Her name is Alice.'), assistant('ok'), user('What is her name?')]],
  ])('does not quote %s', async (_, messages) => {
    expect(await plan(messages)).toEqual({ text: honestLine });
  });
});

describe('d: computing', () => {
  it.each([
    ['what is 12 * (3+4)?', '84'],
    ['Calculate 0.1 + 0.2', '0.3'],
    ['Count from 1 to 5', '1, 2, 3, 4, 5'],
    ['count down from 3 to 1', '3, 2, 1'],
    ['Please count to 3.', '1, 2, 3'],
    ['Repeat after me: hello world', 'hello world'],
    ['Echo 👋 hi', '👋 hi'],
    ['Say "one two"', 'one two'],
    ['Uppercase: abc def', 'ABC DEF'],
    ["Convert 'Hello' to lower case", 'hello'],
    ['What tools do you have?', 'No tools are offered in this request.'],
    ['List the files', 'No files are attached to this conversation.'],
  ])('%s → %s', async (question, expected) => {
    expect(await plan(question)).toEqual({ text: expected });
  });
  it('lists the tools and the attached files', async () => {
    expect((await plan('Which tools can you call?', { tools: [tool('zeta'), tool('eta')] })).text).toBe(
      'I can call: zeta, eta.',
    );
    const file = { type: 'file', file: { filename: 'plan.pdf', file_data: 'data:application/pdf;base64,AAAA' } };
    expect((await plan([user([file, { type: 'text', text: 'List my files' }])])).text).toBe(
      'Attached files: plan.pdf.',
    );
  });
  it('counts at most 10,000 numbers and says so', async () => {
    const { text } = await plan('Count from 1 to 999999999');
    expect(text).toMatch(/, 9999, 10000 \(I count at most 10000 numbers at once\.\)$/);
  });
});

describe('e: anything else', () => {
  it.each([
    'Hello, how are you?',
    'Generate a very long response',
    'Test message',
    'My name is Alice.',
    '2024-05-01',
    '…',
  ])('says in one line what it is: %s', async (message) => {
    expect(await plan(message)).toEqual({ text: honestLine });
  });
  it('answers a prompt without any user message too', async () => {
    expect(await plan([system('You are a helpful assistant.')])).toEqual({ text: honestLine });
  });
});
