import { availableParallelism } from 'node:os';

// Runs through `npm test` only: the script brings Node 24 and the ES module flag.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
  testSequencer: '<rootDir>/test/support/sequencer.js',
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
  // Tests wait for sockets and databases more than they compute, so there are more workers than cores. A number, because
  // jest reads "150%" as 150.
  maxWorkers: Math.min(Math.ceil(availableParallelism() * 1.5), 8),
  testTimeout: 120_000,
};
