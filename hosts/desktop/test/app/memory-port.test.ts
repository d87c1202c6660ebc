import { MemoryPort } from '../support/memory-port.js';
import { portConformance } from '../support/port-conformance.js';

portConformance('MemoryPort', () => MemoryPort.pair());
