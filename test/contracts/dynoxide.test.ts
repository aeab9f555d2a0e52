import { describe, inject } from 'vitest';
import { contracts } from './contracts.ts';

describe('on dynoxide', () => contracts({ url: () => inject('dynamodbUrl') }));
