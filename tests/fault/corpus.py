"""Jobs with known verdicts: the oracle of all scenarios."""

import collections

# One program, compiled once, that does what its input asks for.
PROGRAM = r"""
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
  char what = 0;
  long number = 0;
  if (scanf(" %c %ld", &what, &number) != 2) return 9;
  if (what == 'z') { fflush(stdout); usleep((useconds_t)number * 1000); number = 7; }
  if (what == 's') usleep(4000);
  if (what == 't') for (;;) { }
  if (what == 'm') for (;;) { char* p = malloc(1 << 20); if (p) memset(p, 1, 1 << 20); }
  if (what == 'o') for (;;) puts("more and more and more and more of it");
  if (what == 'r') abort();
  printf("%ld\n", what == 'w' ? number + 1 : number);
  return what == 'e' ? 3 : 0;
}
"""
LIMITS = {"cpu_time_ms": 400, "wall_time_ms": 20000, "memory_kb": 32768, "output_kb": 64}

Job = collections.namedtuple("Job", "document verdict")


def c_job(what, number, verdict):
    expected = "7" if what == "z" else number
    return Job({"language": "c", "source": PROGRAM, "limits": LIMITS,
                "tests": [{"stdin": f"{what} {number}\n", "expected_output": f"{expected}\n"}]}, verdict)


def sleeper(milliseconds):
    """A job that sleeps for this long and is then accepted."""
    return c_job("z", milliseconds, "accepted")


def batch(tests, wrong_each):
    """A job of `tests` short tests, each with its own number; every `wrong_each`-th is wrong."""
    documents = [{"stdin": f"s {number}\n", "expected_output": "never" if number % wrong_each == 0 else f"{number}\n"}
                 for number in range(tests)]
    return Job({"language": "c", "source": PROGRAM, "limits": LIMITS, "tests": documents}, "wrong_answer")


def mixed(number):
    """Job `number` of an endless series. Most are accepted; the others have every verdict that a program can cause,
    except wall_limit and security_violation."""
    expensive = {11: ("t", "time_limit"), 23: ("m", "memory_limit"), 37: ("o", "output_limit")}
    if number % 40 in expensive:
        return c_job(expensive[number % 40][0], number, expensive[number % 40][1])
    kind = number % 10
    if kind == 3:
        return c_job("w", number, "wrong_answer")
    if kind == 5:
        return c_job("r", number, "runtime_error")
    if kind == 7:
        return c_job("e", number, "runtime_error")
    if kind == 8:
        return Job({"language": "c", "source": f"int main(void) {{ return {number} }}\n", "tests": [{}]}, "compile_error")
    if kind == 9:
        return Job({"language": "python", "source": "print(input())\n",
                    "tests": [{"stdin": f"{number}\n", "expected_output": f"{number}\n"}]}, "accepted")
    return c_job("a", number, "accepted")
