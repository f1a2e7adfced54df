// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Runs programs of the scenario language (scenario.h) with node:async_hooks,
// and compares what they print with what the model says that Node prints.
//
//   node node_check.js FILE...
//
// Each file is a JSON array of objects with the strings `program` and the lines
// `node24`, or, if that is missing, `expected`.

'use strict';

const {
  AsyncLocalStorage, AsyncResource, createHook, executionAsyncId,
  triggerAsyncId,
} = require('node:async_hooks');
const {readFileSync} = require('node:fs');

const kFuel = 600;

class Thrown extends Error {
  constructor(name) {
    super(name);
    this.thrownName = name;
  }
}

// Nested arrays of words, from a program that is known to be well-formed.
function parse(text) {
  const tokens = text.match(/[()]|[^\s()]+/g) || [];
  let next = 0;
  const body = () => {
    const statements = [];
    while (next < tokens.length && tokens[next] !== ')') {
      if (tokens[next++] === '(') {
        statements.push(body());
        ++next;
      } else {
        statements.push(tokens[next - 1]);
      }
    }
    return statements;
  };
  return body();
}

function valueOf(word) {
  if (word === '_') return undefined;
  if (word === 'nan') return NaN;
  return /^-?\d+$/.test(word) ? Number(word) : word;
}

function show(value) {
  if (value === undefined) return '_';
  return Number.isNaN(value) ? 'nan' : String(value);
}

class Interpreter {
  constructor() {
    this.lines = [];
    this.fuel = kFuel;
    this.objects = new Map();
    this.hooks = [];
    this.uses = new Map();
    this.pendingTasks = 0;
    this.newName = undefined;
    this.newId = undefined;
    this.made = new Set();  // ids of what the program has made
    // What runs the main program has an id of its own; only we know it as root.
    this.names = new Map([[0, 'none'], [triggerAsyncId(), 'none'],
      [executionAsyncId(), 'root']]);
    this.namer = createHook({
      init: (id, type, trigger) => {
        if (this.newName === undefined) return;  // Node's own
        const name = this.newName;
        this.newName = undefined;
        this.newId = id;
        this.made.add(id);
        this.names.set(id, name);
        this.say(`init ${name} <- ${this.nameOf(trigger)}`);
      },
      before: (id) => this.sayEvent('', 'before', id),
      after: (id) => this.sayEvent('', 'after', id),
      promiseResolve: (id) => this.sayEvent('', 'resolve', id),
    });
  }

  // Runs the main program.
  start(program) {
    this.namer.enable();
    this.guard('root', program);
  }

  end() {
    this.namer.disable();
    for (const hook of this.hooks) hook.disable();
  }

  say(line) { this.lines.push(line); }

  nameOf(id) { return this.names.get(id) ?? '?'; }

  sayEvent(prefix, event, id) {
    if (!this.made.has(id)) return false;
    this.say(`${prefix}${event} ${this.nameOf(id)}`);
    return true;
  }

  guard(name, body) {
    try {
      this.execute(body);
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      this.say(`uncaught ${name} ${error.thrownName}`);
    }
  }

  // Names what `make` makes, and returns it.
  make(name, make) {
    const use = (this.uses.get(name) ?? 0) + 1;
    this.uses.set(name, use);
    this.newName = use === 1 ? name : `${name}#${use}`;
    return make(this.newName);
  }

  // What may be missing.
  need(name) {
    const object = this.objects.get(name);
    if (object === undefined) this.say(`missing ${name}`);
    return object;
  }

  execute(body) {
    for (const statement of body) {
      if (this.fuel-- <= 0) return;
      this.step(statement);
    }
  }

  makeHook(name) {
    const acts = {};
    const call = (event, id) => {
      if (!this.sayEvent(`${name}:`, event, id)) return;
      const body = acts[event];
      acts[event] = undefined;
      if (body !== undefined) this.execute(body);
    };
    const hook = createHook({
      init: (id) => call('init', id),
      before: (id) => call('before', id),
      after: (id) => call('after', id),
      promiseResolve: (id) => call('resolve', id),
    });
    this.hooks.push(hook);
    return {hook, acts};
  }

  step([operation, ...rest]) {
    const [name, word] = rest;
    const object = this.objects.get(name);
    const run = (words) => () => this.execute(rest.slice(words));
    switch (operation) {
      case 'als':
        if (object !== undefined) return;
        this.objects.set(name, new AsyncLocalStorage(
            rest.length > 1 ? {defaultValue: valueOf(word)} : {}));
        return;
      case 'log':
        this.say('get ' + rest.map(
            (each) => `${each}=${show(this.objects.get(each).getStore())}`)
            .join(' '));
        return;
      case 'run': return object.run(valueOf(word), run(2));
      case 'exit': return object.exit(run(1));
      case 'scope': {
        const scope = object.withScope(valueOf(word));
        try {
          return this.execute(rest.slice(2));
        } finally {
          scope[Symbol.dispose]();
        }
      }
      case 'enter': return object.enterWith(valueOf(word));
      case 'disable': return object.disable();
      case 'ids':
        this.say(`ids ${this.nameOf(executionAsyncId())} ` +
                 this.nameOf(triggerAsyncId()));
        return;
      case 'mark':
        this.say(`mark ${name}`);
        return;
      case 'snap':
        this.objects.set(
            name, this.make(name, () => AsyncLocalStorage.snapshot()));
        return;
      case 'with': return this.need(name)?.(run(1));
      case 'bind':
        this.objects.set(
            name, this.make(name, () => AsyncLocalStorage.bind(run(1))));
        return;
      case 'call': return this.need(name)?.();
      case 'res': {
        const options = {};
        if (word === 'trigger') {
          const cause = this.need(rest[2]);
          if (cause === undefined) return;
          options.triggerAsyncId = cause.asyncId();
        }
        this.objects.set(name, this.make(
            name, () => new AsyncResource('SCENARIO', options)));
        return;
      }
      case 'in': return this.need(name)?.runInAsyncScope(run(1));
      case 'spawn':
        ++this.pendingTasks;
        this.make(name, (fresh) => setImmediate(() => {
          --this.pendingTasks;
          this.guard(fresh, rest.slice(1));
        }));
        return;
      case 'micro':
        this.make(name, (fresh) => queueMicrotask(
            () => this.guard(fresh, rest.slice(1))));
        return;
      case 'promise': {
        let resolve;
        const promise =
            this.make(name, () => new Promise((done) => { resolve = done; }));
        const id = this.newId;
        this.objects.set(name, {promise, resolve, asyncId: () => id});
        return;
      }
      case 'resolve':
        this.need(name)?.resolve();
        return;
      case 'then': {
        const promise = this.need(word)?.promise;
        if (promise === undefined) return;
        this.make(name, (fresh) => promise.then(
            () => this.guard(fresh, rest.slice(2))));
        return;
      }
      case 'hook':
        if (object === undefined) this.objects.set(name, this.makeHook(name));
        return;
      case 'on':
        object.hook.enable();
        return;
      case 'off':
        object.hook.disable();
        return;
      case 'act':
        object.acts[word] = rest.slice(2);
        return;
      case 'throw': throw new Thrown(name);
      case 'try':
        try {
          this.execute(rest);
        } catch (error) {
          if (!(error instanceof Thrown)) throw error;
          this.say(`caught ${error.thrownName}`);
        }
        return;
      default: throw new Error(`unknown operation ${operation}`);
    }
  }
}

// Node's own resources stay outside of what the programs enter.
const outside = AsyncLocalStorage.snapshot();
const later = (next) => outside(() => setImmediate(next));

function runPrograms(programs, index) {
  if (index === programs.length) {
    console.log(`${programs.length} programs print the same with ` +
                `Node ${process.version} and with the model`);
    return;
  }
  const {program, expected, node24} = programs[index];
  const interpreter = new Interpreter();
  interpreter.start(parse(program));
  const wait = () => {
    if (interpreter.pendingTasks > 0) return later(wait);
    interpreter.end();
    const actual = interpreter.lines.join('\n');
    const wanted = (node24 ?? expected).join('\n');
    if (actual === wanted) return later(() => runPrograms(programs, index + 1));
    console.log(`Node and the model differ in\n${program}\n` +
                `Node prints\n${actual}\nthe model says\n${wanted}`);
    process.exitCode = 1;
  };
  later(wait);
}

const programs =
    process.argv.slice(2).flatMap((path) => JSON.parse(readFileSync(path)));
later(() => runPrograms(programs, 0));
