"""The rounds: every contender once, then every contender again."""
import sys

from .measure import Failed, Measure, median, run


def say(text):
    print(f"bench-submit: {text}", file=sys.stderr, flush=True)


def submit_rounds(contenders, sizes, rounds, cluster):
    """The median measure and the number of rounds, or the words of a failure, by contender and size.

    The first round weighs the memory and is warm-up; its time counts only where there is no other.
    """
    results = {}
    for size in sizes:
        able = [one for one in contenders if size <= one.most]
        seen = {one.name: [] for one in able}
        for number in range(rounds + 1):
            for one in able:
                if isinstance(seen[one.name], str) or size >= 1000 and number > one.few:
                    continue
                seen[one.name] = once(one, size, number == 0, seen[one.name], cluster)
        for name, measures in seen.items():
            results[name, size] = measures if isinstance(measures, str) else summary(measures)
    return results


def once(one, size, weigh, measures, cluster):
    """The measures with one more, or the words of the failure."""
    try:
        measure = one.submit(size, cluster.environment, weigh=weigh)[0]
        count = cluster.tasks()
        if count != size:
            raise Failed(f"{count} tasks in the queue instead of {size}")
        say(f"{size} runs, {one.name}: {measure.seconds:.3f} s")
        return measures + [measure]
    except Failed as failure:
        say(f"{size} runs, {one.name}: {failure}")
        return str(failure)
    finally:
        cluster.clear()


def summary(measures):
    """The median time without the warm-up, the memory of the warm-up, and how many rounds were timed."""
    timed = measures[1:] or measures
    return Measure(median(timed).seconds, measures[0].megabytes), len(timed)


def count_calls(contenders, size, work, cluster):
    """Commands of Slurm and messages to the controller for so many runs, by contender: never timed."""
    results = {}
    for one in contenders:
        environment, log = cluster.counting_environment(work)
        before = cluster.requests()
        try:
            one.submit(min(size, one.most), environment)
        except Failed as failure:
            results[one.name] = str(failure)
            continue
        finally:
            words = log.read_text().split()
            after = cluster.requests()
            cluster.clear()
        commands = {word: words.count(word) for word in sorted(set(words))}
        # What was looked up to see that Snakemake was done is not Snakemake's.
        results[one.name] = (commands, after - before)
    return {"size": size, "calls": results}


def state_rounds(contenders, size, rounds, cluster):
    """How long it takes to know the state of many active runs, 16 of them running; beside `squeue -r`."""
    results = []
    for one in contenders:
        if one.most < size or one.ask(one.folder(), 1) is None:
            continue
        cluster.forget()
        _, folder = one.submit(size, cluster.environment, hold=False)
        cluster.wait(lambda: len(cluster.slurm("squeue", "-h", "-t", "RUNNING", "-o", "%i").split()) >= 16, 60)
        own, plain, short = [], [], []
        weight = run(one.ask(folder, size), cluster.environment, folder, weigh=True).megabytes
        for _ in range(rounds):
            own.append(run(one.ask(folder, size), cluster.environment, folder))
            plain.append(run(["squeue", "-r"], cluster.environment, folder))
            short.append(run(["squeue"], cluster.environment, folder))
        words = (folder / "bench.log")
        environment, log = cluster.counting_environment(folder)
        before = cluster.requests()
        run(one.ask(folder, size), environment, folder)
        answer = words.read_text(errors="replace").strip().splitlines()[-1:]
        calls = log.read_text().split()
        results.append({"name": one.name, "own": Measure(median(own).seconds, weight), "plain": median(plain), "short": median(short),
                        "calls": calls, "requests": cluster.requests() - before, "answer": answer})
        say(f"states of {size}, {one.name}: {median(own).seconds:.3f} s, squeue -r {median(plain).seconds:.3f} s")
    cluster.clear()
    return {"size": size, "rounds": rounds, "rows": results}


__all__ = ["Measure", "count_calls", "state_rounds", "submit_rounds"]
