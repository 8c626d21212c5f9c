import { expect, test } from "vitest";
import { findingText, lostText, refusalText } from "../../../components/runtime/ssh/texts";

const URL = "ssh://deploy@shop:2222";
const HOST = { user: "deploy", name: "shop", port: 2222, socket: "/var/run/docker.sock" };

test("a host key that is another's: what OpenSSH prints of it, cut to what says something", () => {
	const said = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Host key for [shop]:2222 has changed and you have requested strict checking.
Host key verification failed.`;
	expect(refusalText(URL, HOST, said)).toMatchInlineSnapshot(`
		"The Docker host ssh://deploy@shop:2222 cannot be reached: its host key is not the one in your known_hosts. It was set up anew, or somebody else answers in its place.
		  ssh said:
		    IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
		    Host key for [shop]:2222 has changed and you have requested strict checking.
		    Host key verification failed.
		Next: ask who runs it for the fingerprint of its key. Only if it has a new one: ssh-keygen -R '[shop]:2222'; ssh -p 2222 deploy@shop, then again what you did"
	`);
});

test("a key that is refused", () => {
	expect(refusalText(URL, HOST, "deploy@shop: Permission denied (publickey).")).toMatchInlineSnapshot(`
		"The Docker host ssh://deploy@shop:2222 cannot be reached: it accepts none of your keys for this user.
		  ssh said:
		    deploy@shop: Permission denied (publickey).
		Next: ssh-add -l shows what your agent holds; ssh-copy-id -p 2222 deploy@shop brings your key there, then again what you did"
	`);
});

test.for([
	[
		"No ED25519 host key is known for shop and you have requested strict checking.\nHost key verification failed.",
		"not in your known_hosts",
	],
	["ssh: Could not resolve hostname shop: Name or service not known", "there is no host of this name"],
	["ssh: connect to host shop port 2222: Connection refused", "nothing answers there"],
	["ssh: connect to host shop port 2222: Connection timed out", "nothing answers there"],
	["the ssh command cannot be started: spawn ssh ENOENT", "ssh ended before there was a connection"],
] as const)("%s", ([said, reason]) => {
	const text = refusalText(URL, HOST, said);
	expect(text).toContain(reason);
	expect(text).toContain(said.split("\n").at(-1));
});

test("an Engine that may not be used, or cannot", () => {
	expect(findingText(URL, HOST, "denied")).toMatchInlineSnapshot(`
		"The Docker host ssh://deploy@shop:2222 was reached, but deploy may not use the Docker Engine there (/var/run/docker.sock).
		Next: as root on that host: usermod -aG docker deploy, then again what you did"
	`);
	expect(findingText(URL, HOST, "no-docker")).toMatchInlineSnapshot(`
		"The Docker host ssh://deploy@shop:2222 was reached, but there is no docker command on that host, with which Pulumi's docker provider connects.
		Next: as root on that host: apt-get install docker.io (or docker-ce-cli), then again what you did"
	`);
	expect(findingText(`${URL}/run/other.sock`, { ...HOST, socket: "/run/other.sock" }, "missing")).toContain(
		"pulumi config set host ssh://deploy@shop:2222/path/to/docker.sock",
	);
});

test("a connection that was lost", () => {
	expect(lostText(URL, "Timeout, server shop not responding.")).toMatchInlineSnapshot(`
		"The SSH connection to ssh://deploy@shop:2222 was lost meanwhile.
		  ssh said:
		    Timeout, server shop not responding.
		Visitors are served as the proxy there was told last: by the old color before the switch, by the new one after it.
		Next: pulumi up (it looks at the host first, and goes on from what it finds)"
	`);
});
