/** Names below `localhost` are this machine (RFC 6761), whatever its resolver knows of them: APIs of MiniStack have such names. Loaded before a program. */
import dns from 'node:dns';

const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(/\.localhost$/.test(name) ? '127.0.0.1' : name, ...rest);
