#!/usr/bin/env node
// An SMSC that nobody of this project wrote (the npm package smpp), made to
// misbehave on demand. What it does and takes: README.md.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const readline = require('readline');
const smpp = require('smpp');

// What was sent, octet for octet: the package would decode texts and times.
for (const field of ['short_message', 'validity_period', 'schedule_delivery_time']) {
  delete smpp.commands.submit_sm.params[field].filter;
}

const LINE_BYTES_MAX = 64 * 1024;
const SESSIONS_MAX = 64;
const CONTENTS_MAX = 2000000;
const UNANSWERED_MAX = 100000;
const RESEND_MS = 5000;
const HELD_MAX = 10000;

const options = { behaviour: {}, quiet: false };
for (let at = 2; at < process.argv.length; at++) {
  const name = process.argv[at];
  if (name === '--quiet') options.quiet = true;
  else if (name === '--behaviour') options.behaviour = JSON.parse(process.argv[++at]);
  else if (name === '--tls-key') options.key = fs.readFileSync(process.argv[++at]);
  else if (name === '--tls-cert') options.cert = fs.readFileSync(process.argv[++at]);
  else { console.error(`unknown argument ${name}`); process.exit(2); }
}

let behaviour = options.behaviour;
let submits = 0; // since the behaviour was set
let lastId = 1000;
const counts = { submits: 0, answered: 0, receipts: 0, receipt_answers: 0 };
const contents = new Map(); // digest -> { count, answered, resent: submits after an answer, unanswered: submits after none }
const sessions = new Set();
let unanswered = []; // receipts that no session answered
const held = []; // submits whose answer waits for `release`
let batch = [];
let batchTimer = null;

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const note = (line) => { if (!options.quiet) say(line); };

function ids() {
  lastId += 1;
  switch (behaviour.ids) {
    case 'hex': return { answer: lastId.toString(16), receipt: String(lastId) };
    case 'HEX-receipt': return { answer: String(lastId), receipt: lastId.toString(16).toUpperCase() };
    case 'padded': return { answer: String(lastId).padStart(10, '0'), receipt: String(lastId) };
    case 'uuid': { const id = crypto.randomUUID(); return { answer: id, receipt: id }; }
    default: return { answer: String(lastId), receipt: String(lastId) };
  }
}

// One receipt; sent again if it is not answered.
function deliver(session, pdu, tries = 0) {
  const entry = { pdu, done: false };
  if (session.closed || !session.bound) { keep(entry.pdu); return; }
  counts.receipts += tries === 0 ? 1 : 0;
  session.waiting.add(entry);
  let timer = null;
  if (behaviour.resend !== false && !options.quiet) {
    timer = setTimeout(() => {
      if (entry.done || session.closed || tries >= 3) return;
      session.waiting.delete(entry);
      deliver(session, pdu, tries + 1);
    }, RESEND_MS);
  }
  session.deliver_sm({ ...pdu }, (answer) => {
    entry.done = true;
    clearTimeout(timer);
    session.waiting.delete(entry);
    counts.receipt_answers += 1;
    note({ event: 'deliver_resp', status: answer.command_status });
  });
}

function keep(pdu) {
  if (behaviour.resend !== false && unanswered.length < UNANSWERED_MAX) unanswered.push(pdu);
}

const pad = (number) => String(number).padStart(2, '0');
function stamp() {
  const now = new Date();
  return `${pad(now.getUTCFullYear() % 100)}${pad(now.getUTCMonth() + 1)}${pad(now.getUTCDate())}${pad(now.getUTCHours())}${pad(now.getUTCMinutes())}`;
}

const STATES = { DELIVRD: 2, EXPIRED: 3, DELETED: 4, UNDELIV: 5, ACCEPTD: 6, UNKNOWN: 7, REJECTD: 8, ENROUTE: 1 };

// The beginning of a text, as Appendix B has it; of one that is not in the default
// alphabet SMSCs write nothing that can be read.
function beginning(pdu) {
  if (pdu.data_coding !== 0) return '';
  const octets = Buffer.from(pdu.short_message);
  return octets.subarray(pdu.esm_class & 0x40 ? octets[0] + 1 : 0).toString('latin1').slice(0, 20);
}

function receipt(id, from, to, stat, err, form, reference, text, submitted) {
  const pdu = { source_addr: to, source_addr_ton: 1, source_addr_npi: 1, destination_addr: from, esm_class: 4, data_coding: 0 };
  const now = stamp();
  if (form !== 'tlv') {
    pdu.short_message = Buffer.from(form === 'lower'
      ? `stat:${stat} err:${err} id:${id} done date:0000000000 submit date:${now}`
      : `id:${id} sub:001 dlvrd:${stat === 'DELIVRD' ? '001' : '000'} submit date:${submitted || now} done date:${now} stat:${stat} err:${err} text:${text || ''}`);
  }
  if (form === 'tlv' || form === 'both') {
    pdu.receipted_message_id = id;
    pdu.message_state = STATES[stat] === undefined ? 5 : STATES[stat];
  }
  if (reference !== undefined) pdu.user_message_reference = reference;
  return pdu;
}

function sendReceipts(session, pdu, id) {
  const form = behaviour.receipt || 'text';
  if (form === 'none' || !(pdu.registered_delivery & 1)) return;
  const make = (stat) => receipt(id, pdu.source_addr, pdu.destination_addr, stat, behaviour.err || '000', form, behaviour.reference ? pdu.user_message_reference : undefined, beginning(pdu));
  const stat = behaviour.stat || 'DELIVRD';
  const go = () => {
    if (behaviour.intermediate) deliver(session, make('ENROUTE'));
    deliver(session, make(stat));
    if (form === 'twice') deliver(session, make(stat));
  };
  if (behaviour.receipt_ms) setTimeout(go, behaviour.receipt_ms); else go();
}

// The digest of what is sent to whom; the reference of its parts left out.
function digest(pdu) {
  const octets = Buffer.from(pdu.short_message);
  if ((pdu.esm_class & 0x40) && octets.length > 3 && octets[1] === 0) octets[3] = 0;
  return crypto.createHash('sha1').update(pdu.destination_addr).update('\0').update(octets).digest('base64').slice(0, 16);
}

function count(pdu) {
  const key = digest(pdu);
  let known = contents.get(key);
  if (!known) {
    if (contents.size >= CONTENTS_MAX) return null;
    contents.set(key, known = { count: 0, answered: 0, after_answer: 0, after_none: 0 });
  } else if (known.answered > 0) {
    known.after_answer += 1;
  } else {
    known.after_none += 1;
  }
  known.count += 1;
  return known;
}

function answer(session, pdu, id, known, what) {
  const status = behaviour.status || 0;
  switch (what) {
    case 'never': return;
    case 'hold': if (held.length < HELD_MAX) held.push({ session, pdu, id, known }); return;
    case 'status': session.send(pdu.response({ command_status: status })); return;
    case 'nack': session.send(new smpp.PDU('generic_nack', { command_status: status || 3, sequence_number: pdu.sequence_number })); return;
    case 'garbage': session.socket.write(Buffer.alloc(64, 0xa5)); return;
    case 'absurd': session.socket.write(Buffer.from('7fffffff80000004000000000000000f', 'hex')); return;
    case 'short': session.socket.write(Buffer.from('00000004', 'hex')); return;
    case 'wrong-sequence':
      session.send(new smpp.PDU('submit_sm_resp', { sequence_number: pdu.sequence_number + 1000, message_id: id.answer }));
      return;
    case 'no-id': session.socket.write(Buffer.concat([Buffer.from('000000108000000400000000', 'hex'), sequence(pdu)])); return;
    case 'cut': {
      const whole = pdu.response({ message_id: id.answer }).toBuffer();
      session.socket.write(whole.subarray(0, whole.length >> 1), () => session.socket.destroy());
      return;
    }
    case 'vanish': session.socket.destroy(); return;
    default:
  }
  if (behaviour.receipt === 'before') sendReceipts(session, pdu, id.receipt);
  session.send(pdu.response({ message_id: id.answer }));
  counts.answered += 1;
  if (known) known.answered += 1;
  if (behaviour.receipt !== 'before') sendReceipts(session, pdu, id.receipt);
}

function sequence(pdu) {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(pdu.sequence_number);
  return octets;
}

function flush() {
  clearTimeout(batchTimer);
  batchTimer = null;
  const all = batch.reverse();
  batch = [];
  for (const go of all) go();
}

function submit(session, pdu) {
  counts.submits += 1;
  submits += 1;
  const known = count(pdu);
  const id = ids();
  const after = behaviour.after || 0;
  const isMeant = behaviour.only_to === undefined || behaviour.only_to === pdu.destination_addr;
  const isOdd = isMeant && submits > after && (behaviour.times === undefined || submits <= after + behaviour.times);
  const what = isOdd ? behaviour.answer : 'ok';
  note({
    event: 'submit', n: submits, sequence: pdu.sequence_number, to: pdu.destination_addr, from: pdu.source_addr,
    esm_class: pdu.esm_class, data_coding: pdu.data_coding, registered_delivery: pdu.registered_delivery,
    validity: pdu.validity_period, reference: pdu.user_message_reference,
    message_hex: Buffer.from(pdu.short_message).toString('hex'), id: id.receipt, answer: what || 'ok', at_ms: Date.now(),
  });
  const go = () => { if (!session.closed) answer(session, pdu, id, known, what); };
  if (behaviour.unbind_after && submits === behaviour.unbind_after) session.unbind();
  if (behaviour.order === 'reversed') {
    batch.push(go);
    clearTimeout(batchTimer);
    if (batch.length >= (behaviour.batch || 10)) flush(); else batchTimer = setTimeout(flush, 200);
  } else if (behaviour.answer_ms) {
    setTimeout(go, behaviour.answer_ms);
  } else {
    go();
  }
}

let binds = 0;
function connected(session) {
  if (sessions.size >= SESSIONS_MAX) { session.socket.destroy(); return; }
  session.waiting = new Set();
  session.bound = false;
  let enquiries = null;
  sessions.add(session);
  note({ event: 'connect' });
  session.on('error', () => {});
  session.on('close', () => {
    clearInterval(enquiries);
    sessions.delete(session);
    for (const entry of session.waiting) keep(entry.pdu);
    note({ event: 'disconnect' });
  });
  session.on('bind_transceiver', (pdu) => {
    binds += 1;
    note({ event: 'bind', type: 'bind_transceiver', system_id: pdu.system_id, password: pdu.password });
    if (behaviour.bind_never) return;
    if (behaviour.bind_status && binds <= (behaviour.bind_times || Infinity)) {
      session.send(pdu.response({ command_status: behaviour.bind_status }));
      session.close();
      return;
    }
    if (behaviour.password !== undefined && behaviour.password !== pdu.password) {
      session.send(pdu.response({ command_status: 0x0e }));
      session.close();
      return;
    }
    session.send(pdu.response({ system_id: 'test' }));
    session.bound = true;
    if (behaviour.unknown_pdu) session.socket.write(Buffer.from('00000010000102030000000000000063', 'hex'));
    if (behaviour.enquire) enquiries = setInterval(() => session.enquire_link(() => note({ event: 'enquire_link_resp' })), behaviour.enquire);
    const again = unanswered;
    unanswered = [];
    for (const receipt of again) deliver(session, receipt, 1);
  });
  session.on('submit_sm', (pdu) => submit(session, pdu));
  session.on('query_sm', (pdu) => {
    note({ event: 'query', id: pdu.message_id });
    if (behaviour.query === 'never') return;
    if (behaviour.query === 'unknown') { session.send(pdu.response({ command_status: 0x67 })); return; }
    const state = behaviour.query_state === undefined ? 2 : behaviour.query_state;
    session.send(pdu.response({ message_id: pdu.message_id, final_date: '', message_state: state, error_code: 0 }));
  });
  session.on('enquire_link', (pdu) => {
    note({ event: 'enquire_link' });
    if (!behaviour.silent_links) session.send(pdu.response());
  });
  session.on('generic_nack', (pdu) => note({ event: 'nack', status: pdu.command_status, sequence: pdu.sequence_number }));
  session.on('unbind', (pdu) => { note({ event: 'unbind' }); session.send(pdu.response()); session.close(); });
}

const server = smpp.createServer(options.key ? { key: options.key, cert: options.cert } : {}, connected);
server.on('error', (error) => { console.error(error.message); process.exit(2); });
server.listen(0, '127.0.0.1', () => say({ event: 'listening', port: server.address().port }));

function command(line) {
  const asked = JSON.parse(line);
  const session = [...sessions].find((one) => one.bound);
  switch (asked.command) {
    case 'behave': flush(); behaviour = asked; submits = 0; binds = 0; break;
    case 'receipt':
      if (session) deliver(session, receipt(asked.id, '10690000', asked.to || '', asked.stat || 'DELIVRD', asked.err || '000', 'text', asked.reference, asked.text, asked.submitted));
      break;
    case 'release':
      for (const one of held.splice(0)) {
        if (one.session.closed) continue;
        if (asked.status) one.session.send(one.pdu.response({ command_status: asked.status }));
        else answer(one.session, one.pdu, one.id, one.known, 'ok');
      }
      break;
    case 'unbind': for (const one of sessions) if (one.bound) one.unbind(); break;
    case 'deliver': {
      const text = asked.data_coding === 8 ? Buffer.from(asked.text, 'utf16le').swap16() : Buffer.from(asked.text, 'latin1');
      if (session) deliver(session, { source_addr: asked.from, destination_addr: asked.to || '10690000', esm_class: 0, data_coding: asked.data_coding || 0, short_message: text });
      break;
    }
    case 'counts': {
      let repeated = 0, afterAnswer = 0, most = 0;
      for (const known of contents.values()) {
        if (known.count > 1) repeated += 1;
        if (known.after_answer > 0) afterAnswer += 1;
        most = Math.max(most, known.count);
      }
      say({ event: 'counts', ...counts, contents: contents.size, repeated, repeated_after_answer: afterAnswer, most });
      return;
    }
    case 'disconnect': for (const one of sessions) one.socket.destroy(); break;
    case 'stop': say({ event: 'done', command: 'stop' }); process.exit(0); break;
    default: say({ event: 'error', detail: `unknown command ${asked.command}` }); return;
  }
  say({ event: 'done', command: asked.command });
}

const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (line.length > LINE_BYTES_MAX) process.exit(2);
  try { command(line); } catch (error) { say({ event: 'error', detail: error.message }); }
});
// Whoever started it is gone.
lines.on('close', () => process.exit(0));
