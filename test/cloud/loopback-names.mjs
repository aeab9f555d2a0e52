/**
 * Resolves names below `localhost` to this machine (RFC 6761), because APIs of MiniStack have such names and some resolvers do not know them.
 * Preloaded into a program.
 */
import dns from 'node:dns';

const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(/\.localhost$/.test(name) ? '127.0.0.1' : name, ...rest);
