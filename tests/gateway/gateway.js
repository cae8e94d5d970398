#!/usr/bin/env node
// An HTTP gateway for tests: Node's own server, which says what it got and
// answers as it is told. Arguments: [--key FILE --cert FILE]. Standard input: a
// line of JSON with the answers to come, {"status":200,"body":"…","ms":0,"times":1,
// "hang_up":false}; the last one stays. One with "containing" is for bodies with that
// text alone, and stays too.
'use strict';

const fs = require('fs');
const readline = require('readline');

const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const tls = option('--key') && { key: fs.readFileSync(option('--key')), cert: fs.readFileSync(option('--cert')) };
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

let answers = [{ status: 200, body: '{}' }];
let special = []; // those with "containing"

function next(body) {
  const meant = special.find((one) => body.includes(one.containing));
  if (meant) return meant;
  const answer = answers[0];
  if (answer.times !== undefined) {
    answer.times -= 1;
    if (answer.times <= 0 && answers.length > 1) answers.shift();
  }
  return { ...answer };
}

function handle(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const answer = next(body);
    say({ event: 'request', method: request.method, path: request.url, headers: request.headers, body });
    setTimeout(() => {
      if (answer.hang_up) { request.socket.destroy(); return; }
      response.writeHead(answer.status || 200, answer.headers || { 'Content-Type': 'application/json' });
      response.end(answer.body || '');
    }, answer.ms || 0);
  });
}

const server = tls ? require('https').createServer(tls, handle) : require('http').createServer(handle);
server.listen(0, '127.0.0.1', () => say({ event: 'listening', port: server.address().port }));
const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const all = JSON.parse(line);
  answers = all.filter((one) => one.containing === undefined);
  special = all.filter((one) => one.containing !== undefined);
  say({ event: 'done' });
});
lines.on('close', () => process.exit(0));
