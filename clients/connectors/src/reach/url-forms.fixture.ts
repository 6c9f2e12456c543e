/**
 * Ways to write an address so that it does not look like one of a machine or network of the
 * operator. `PORT` is where a server listens that must never hear of it.
 */
export const deniedUrls: readonly string[] = [
  // This machine.
  "http://127.0.0.1:PORT/", "http://127.1:PORT/", "http://127.0.1:PORT/",
  "http://127.255.255.254:PORT/", "http://2130706433:PORT/", "http://0x7f000001:PORT/",
  "http://0x7f.0.0.1:PORT/", "http://0x7f.1:PORT/", "http://0177.0.0.1:PORT/",
  "http://017700000001:PORT/", "http://0177.0x0.1:PORT/", "http://127.000.000.001:PORT/",
  "http://00000177.0.0.1:PORT/", "http://0:PORT/", "http://0.0.0.0:PORT/", "http://0x0:PORT/",
  "http://127.0.0.1.:PORT/", "http://127%2e0%2e0%2e1:PORT/", "http://%31%32%37.0.0.1:PORT/",
  "http://１２７.０.０.１:PORT/", "http://①②⑦.⓪.⓪.①:PORT/", "http://127。0。0。1:PORT/",
  "http:\\\\127.0.0.1:PORT\\", "http:127.0.0.1:PORT/", "http:/127.0.0.1:PORT/",
  "http:///127.0.0.1:PORT/", "HTTP://127.0.0.1:PORT/", " http://127.0.0.1:PORT/",
  "http://12\t7.0.0.1:PORT/", "https://127.0.0.1:PORT/",
  "http://[::1]:PORT/", "http://[0:0:0:0:0:0:0:1]:PORT/", "http://[::]:PORT/",
  "http://[::0001]:PORT/", "http://[0000::0001]:PORT/", "http://[::127.0.0.1]:PORT/",
  "http://[::ffff:127.0.0.1]:PORT/", "http://[::ffff:7f00:1]:PORT/",
  "http://[::FFFF:7F00:0001]:PORT/", "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/",
  "http://[64:ff9b::7f00:1]:PORT/", "http://[64:ff9b::127.0.0.1]:PORT/",
  "http://[64:ff9b:1::7f00:1]:PORT/", "http://[2002:7f00:1::]:PORT/",
  "http://[2001:0:7f00:1::]:PORT/",
  // Names that lead here.
  "http://localhost:PORT/", "http://LOCALHOST:PORT/", "http://localhost.:PORT/",
  "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/", "http://local%68ost:PORT/", "http://rebound.example:PORT/",
  "http://mapped.example:PORT/", "http://metadata.example:PORT/",
  // Who the machine is, as clouds tell it.
  "http://169.254.169.254/", "http://2852039166/", "http://0xa9fea9fe/", "http://0xA9.254.43518/",
  "http://0251.0376.0251.0376/", "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/",
  "http://[fe80::a9fe:a9fe]/", "http://100.100.100.200/", "http://192.0.0.192/",
  // Other machines of the operator, and what nobody is.
  "http://10.0.0.1/", "http://10.255.255.255/", "http://167772161/", "http://012.0.0.1/",
  "http://172.16.0.1/", "http://172.31.255.254/", "http://192.168.0.1/", "http://0xc0a80001/",
  "http://100.64.0.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/",
  "http://[fc00::1]/", "http://[fdff::1]/", "http://[fec0::1]/", "http://[ff02::1]/",
  "http://[::ffff:10.0.0.1]/", "http://[::ffff:0:10.0.0.1]/", "http://[2001:db8::1]/",
  "http://[3fff::1]/", "http://[100::1]/",
];
