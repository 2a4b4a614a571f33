"""Prints the outcome of each attack as text, and of each row of the threat model as a Markdown table."""

# Every row of the threat model's tables: an attack covers it, or not_applicable.toml lists it.
ROWS = """A1 A2 A4 A5 A6 A8 A9 A10 A11 A13 A14 A15 A16 A17 A19 B1 B2 B4 B5 B7 B9 B10 B12
D1 D2 D4 D5 D7 D8 D10 D11 D12 D13 E1 E3 E4 E5 E6 E8 E9 E11 E12 E14 E15 E17 E19 E20 E21
F1 F2 F4 F5 F7 F8 F9 F10 G1 G2 G3 G4 G5 G6 G7 G8 G9 H1 H2 H3 H4 H6 H7 I""".split()
FAULTS_SHOWN = 12


def state(attack, excused):
    if attack.skipped:
        return "skipped"
    if attack.faults:
        return "not held by the engine" if attack.name in excused else "NOT HELD"
    # An excuse that is no longer needed would hide the next fault.
    return "HELD, but excused" if attack.name in excused and not excused[attack.name].startswith("sometimes: ") else "held"


def failed(attacks, excused):
    return [attack for attack in attacks if state(attack, excused).isupper() or state(attack, excused).startswith("HELD")]


def remark(attack, excused):
    """A few words that explain the state."""
    if attack.skipped:
        return attack.skipped
    if attack.faults:
        return excused.get(attack.name) or attack.faults[0]
    return attack.note


def show(attacks, absent, excused):
    for attack in sorted(attacks, key=lambda one: (one.expect["ids"][0], one.name)):
        print(f"{','.join(attack.expect['ids']):<14} {attack.name:<22} {state(attack, excused):<9} {attack.seconds:6.2f} s  {attack.note}")
        if attack.skipped:
            print(f"    {attack.skipped}")
        if attack.name in excused:
            print(f"    not held by this engine: {excused[attack.name]}")
        for fault in attack.faults[:FAULTS_SHOWN]:
            print(f"    {fault}")
    for identifier, reason in absent.items():
        print(f"{identifier:<14} {'':<22} not applicable: {reason}")


def summary(attacks, excused, quiet, blind, seconds):
    slowest = max(attacks, key=lambda one: one.canary)
    if slowest.canary:
        print(f"canary: {quiet * 1000:.0f} ms on a quiet machine, at most {slowest.canary * 1000:.0f} ms, beside {slowest.name}")
    for what in sorted(blind):
        print(f"not checked: {what}")
    states = [state(attack, excused) for attack in attacks]
    # CTest skips an entry only as a whole; tests/skipped.py counts these lines.
    for attack in attacks:
        if attack.skipped:
            print(f"skipped: attack {attack.name}: {attack.skipped}")
    print(f"{seconds:.1f} s in total")
    print(f"{states.count('held')} held, {len(failed(attacks, excused))} failed, {states.count('skipped')} skipped, "
          f"{states.count('not held by the engine')} not held by the engine")


def write(path, attacks, absent, excused, seconds):
    """Writes one line for each row of the threat model, evalX's own rows last."""
    own = sorted({row for attack in attacks for row in attack.expect["ids"]} - set(ROWS))
    lines = ["| row | outcome | tried by | seconds |", "|---|---|---|---|"]
    for row in [*ROWS, *own]:
        mine = [attack for attack in attacks if row in attack.expect["ids"]]
        if row in absent:
            lines.append(f"| {row} | not applicable: {absent[row]} | | |")
            continue
        if not mine:
            continue
        words = sorted({state(attack, excused) + (": " + remark(attack, excused) if remark(attack, excused) else "") for attack in mine})
        lines.append(f"| {row} | {'; '.join(words).replace('|', '¦')} | {', '.join(attack.name for attack in mine)} | "
                     f"{sum(attack.seconds for attack in mine):.1f} |")
    lines.append("")
    lines.append(f"{len(attacks)} attacks, {len(failed(attacks, excused))} failed, {seconds:.0f} s in total.")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
