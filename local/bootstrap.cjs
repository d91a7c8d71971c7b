// biome-ignore-all lint/style/useNodejsImportProtocol: Node 12 has no `node:`, and has to get as far as our own message.

'use strict';

/*
 * node local/bootstrap.cjs <script> [arguments]
 *
 * Installs the packages when they are missing or out of date, then runs the script on the Node that package.json pins
 * (npm package `node`), whatever Node the machine has. Written for old versions of Node, hence the old syntax.
 */

var childProcess = require('child_process');
var fs = require('fs');
var path = require('path');

/** Major version; the npm of older ones does not install our packages reliably. */
var OLDEST_NODE = 18;

module.exports = { installIsNeeded: installIsNeeded };

if (require.main === module) main(path.resolve(__dirname, '..'), process.argv.slice(2));

function main(root, args) {
  var version = process.versions.node;
  if (Number(version.split('.')[0]) < OLDEST_NODE) {
    fail('Node ' + version + ' is too old: install Node ' + OLDEST_NODE + ' or later, from https://nodejs.org');
  }
  if (args.length === 0) fail('Usage: node local/bootstrap.cjs <script> [arguments]');
  if (!installIsNeeded(root)) run(root, args);
  else
    install(root, () => {
      run(root, args);
    });
}

/**
 * Whether `npm ci` has to run. npm writes down what it has installed, at the end of each install, in a file of the same
 * form as package-lock.json; so the two are compared, and nothing of our own has to be kept.
 */
function installIsNeeded(root) {
  if (!fs.existsSync(pinnedNode(root))) return true;
  var installed = packagesIn(path.join(root, 'node_modules', '.package-lock.json'));
  var locked = packagesIn(path.join(root, 'package-lock.json'));
  var isMissing = Object.keys(locked).some(function (name) {
    if (name === '') return false;
    return installed[name] ? !isSame(installed[name], locked[name]) : !locked[name].optional;
  });
  return isMissing || Object.keys(installed).some(isForAnotherMachine);

  function isForAnotherMachine(name) {
    var platforms = installed[name].os;
    var processors = installed[name].cpu;
    return (
      (platforms && platforms.length === 1 && platforms[0] !== process.platform) ||
      (processors && processors.length === 1 && processors[0] !== process.arch)
    );
  }
}

function isSame(installed, locked) {
  return installed.version === locked.version && installed.integrity === locked.integrity;
}

/** Comes back through `done`, only if everything is there. */
function install(root, done) {
  refuseLink(path.join(root, 'node_modules'));
  var npm = process.env.npm_execpath;
  var npmArgs = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  var options = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] };
  var child =
    npm && /npm-cli\.c?js$/.test(npm)
      ? childProcess.spawn(process.execPath, [npm].concat(npmArgs), options)
      : childProcess.spawn('npm', npmArgs, options);
  var stopTelling = tellProgress('Installing the packages with npm ci (once, one to three minutes)');
  child.on('error', (error) => {
    fail('npm could not be started (' + error.message + '): install it together with Node.');
  });
  child.on('exit', (code, signal) => {
    stopTelling();
    if (signal) process.kill(process.pid, signal);
    else if (code !== 0) fail('The packages could not be installed; npm ci says why above.');
    else if (!fs.existsSync(pinnedNode(root))) {
      fail(
        'npm installed no Node in node_modules: switch its install scripts on (npm config set ignore-scripts false).',
      );
    } else done();
  });
}

/** Says what begins, and from time to time that it goes on; rarely if nobody watches. */
function tellProgress(what) {
  var start = Date.now();
  console.error(what + '…');
  var timer = setInterval(
    () => {
      console.error('  still at it after ' + Math.round((Date.now() - start) / 1000) + ' s: ' + what);
    },
    process.stderr.isTTY ? 10000 : 60000,
  );
  return () => {
    clearInterval(timer);
  };
}

/** `npm ci` would empty the folder behind the link, which belongs to another checkout. */
function refuseLink(folder) {
  if (!fs.existsSync(folder) || !fs.lstatSync(folder).isSymbolicLink()) return;
  fail(folder + ' is a link to packages that do not fit package-lock.json: remove the link, then start again.');
}

function run(root, args) {
  var bin = path.join(root, 'node_modules', '.bin');
  var env = Object.assign({}, process.env, { PATH: bin + path.delimiter + (process.env.PATH || '') });
  var child = childProcess.spawn(pinnedNode(root), args, { stdio: 'inherit', env: env });
  var signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  var forwarded = false;
  signals.forEach((signal) => {
    process.on(signal, () => {
      if (!forwarded) child.kill(signal);
      forwarded = true;
    });
  });
  child.on('error', (error) => {
    fail('Node of node_modules could not be started: ' + error.message);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function pinnedNode(root) {
  return path.join(root, 'node_modules', '.bin', 'node');
}

/** The packages of a lock file by path; none when it is missing. */
function packagesIn(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).packages : {};
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
