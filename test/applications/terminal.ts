/** Terminal applications: what they draw, and how they exit. */
import { run, type Finished, type RunOptions } from '../program.ts'

/** One step: wait until a text is on the screen, then press keys. */
export interface Step {
  readonly sees: string
  readonly presses: string
}

// Python's standard library has pseudo-terminals; Node's has none.
const DRIVER = `
import fcntl, json, os, pty, re, select, struct, sys, termios, time
steps, argv = json.loads(sys.argv[1]), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(argv[0], argv)
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
screen, seen, end = "", [], time.time() + 60
while time.time() < end:
    if fd not in select.select([fd], [], [], 0.2)[0]:
        continue
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    screen += re.sub(r"\\x1b\\[[0-9;?]*[A-Za-z]", " ", data.decode("utf-8", "replace"))
    if steps and re.search(steps[0]["sees"], screen):
        seen.append(steps[0]["sees"])
        time.sleep(0.5)
        os.write(fd, steps.pop(0)["presses"].encode())
        screen = ""
else:
    os.kill(pid, 9)
print(json.dumps({"seen": seen, "missed": steps, "left": screen if steps else ""}))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

/** Runs a program on a terminal of 120 by 40 through some steps; each `sees` is a regular expression. */
export const onTerminal = (
  program: string,
  args: readonly string[],
  options: RunOptions,
  steps: readonly Step[],
): Promise<Finished> => run('python3', ['-c', DRIVER, JSON.stringify(steps), program, ...args], options)
