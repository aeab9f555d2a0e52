/** The address at which the program is loaded, as linkers choose it. */
const ADDRESS = 0x400000n;
const FILE_HEADER = 64;
const PROGRAM_HEADER = 56;
/** The largest page size, 64 KiB (arm64). */
const ALIGNMENT = 0x10000n;

/**
 * A complete program that waits for ever and reaps zombies: as process 1 it is the parent of orphaned processes. In C:
 *
 *     sigaction(SIGCHLD, &(struct sigaction){ SIG_IGN, SA_NOCLDWAIT }, NULL);
 *     for (;;) pause();
 *
 * The kernel keeps no zombies of a process that ignores SIGCHLD (wait(2), Notes), and delivers no signal to process 1 without a handler.
 */
const programs = {
  amd64: {
    machine: 62,
    code: [
      ...[0xb8, 13, 0, 0, 0], // mov eax, 13 (rt_sigaction)
      ...[0xbf, 17, 0, 0, 0], // mov edi, 17 (SIGCHLD)
      ...[0x48, 0x8d, 0x35, 23, 0, 0, 0], // lea rsi, [rip + 23]: the structure behind the code
      ...[0x31, 0xd2], // xor edx, edx: no former action
      ...[0x41, 0xba, 8, 0, 0, 0], // mov r10d, 8: bytes of a set of signals
      ...[0x0f, 0x05], // syscall
      ...[0xb8, 34, 0, 0, 0], // mov eax, 34 (pause)
      ...[0x0f, 0x05], // syscall
      ...[0xeb, 0xf7], // jmp to the call of pause
      ...[0x90, 0x90, 0x90, 0x90], // nop, up to a multiple of 8
    ],
  },
  arm64: {
    machine: 183,
    code: [
      0xd28010c8, // mov x8, 134 (rt_sigaction)
      0xd2800220, // mov x0, 17 (SIGCHLD)
      0x10000181, // adr x1, 48 bytes on: the structure behind the code
      0xd2800002, // mov x2, 0: no former action
      0xd2800103, // mov x3, 8: bytes of a set of signals
      0xd4000001, // svc 0
      0xd2800928, // mov x8, 73 (ppoll: there is no call pause)
      0xd2800000, // mov x0, 0
      0xd2800001, // mov x1, 0
      0xd2800002, // mov x2, 0
      0xd2800003, // mov x3, 0
      0xd4000001, // svc 0
      0x17fffffa, // b to the call of ppoll
      0xd503201f, // nop, up to a multiple of 8
    ].flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]),
  },
} as const;

/** A processor, as images and engines name it (GOARCH). */
export type Architecture = keyof typeof programs;
export const architectures = Object.keys(programs) as Architecture[];

/** `struct sigaction` of the kernel: a handler (1: SIG_IGN), flags (2: SA_NOCLDWAIT), no restorer, no mask. */
const sigaction = (): Buffer => {
  const bytes = Buffer.alloc(32);
  bytes.writeBigUInt64LE(1n, 0);
  bytes.writeBigUInt64LE(2n, 8);
  return bytes;
};

/** The program as a static executable of Linux (elf(5)): a header, one segment that is all of the file, and the code. */
export const pauseProgram = (architecture: Architecture): Buffer => {
  const { machine, code } = programs[architecture];
  const body = Buffer.concat([Buffer.from(code), sigaction()]);
  const file = Buffer.alloc(FILE_HEADER + PROGRAM_HEADER);
  const size = BigInt(file.length + body.length);
  file.write('\x7fELF\x02\x01\x01', 'latin1'); // 64 bits, little-endian, version 1
  file.writeUInt16LE(2, 16); // an executable
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20); // version
  file.writeBigUInt64LE(ADDRESS + BigInt(file.length), 24); // entry point
  file.writeBigUInt64LE(BigInt(FILE_HEADER), 32); // offset of the segment table
  file.writeUInt16LE(FILE_HEADER, 52);
  file.writeUInt16LE(PROGRAM_HEADER, 54);
  file.writeUInt16LE(1, 56); // segments
  const segment = file.subarray(FILE_HEADER);
  segment.writeUInt32LE(1, 0); // PT_LOAD
  segment.writeUInt32LE(5, 4); // readable and executable
  segment.writeBigUInt64LE(ADDRESS, 16); // address, from offset 0 of the file
  segment.writeBigUInt64LE(ADDRESS, 24);
  segment.writeBigUInt64LE(size, 32); // bytes in the file
  segment.writeBigUInt64LE(size, 40); // bytes in memory
  segment.writeBigUInt64LE(ALIGNMENT, 48);
  return Buffer.concat([file, body]);
};
