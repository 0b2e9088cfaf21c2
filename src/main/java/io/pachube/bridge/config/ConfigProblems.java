package io.pachube.bridge.config;

import io.pachube.bridge.log.ExceptionMessages;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;

/** Collects the faults of a configuration, so that all are named at once. */
public final class ConfigProblems {

    private final List<String> problems = new ArrayList<>();

    public void add(String problem) {
        problems.add(problem);
    }

    public void addAll(Collection<String> more) {
        problems.addAll(more);
    }

    /** Creates an object from settings; if that fails, adds the reason and returns the other. */
    public <T> T collect(Callable<T> creator, T other) {
        try {
            return creator.call();
        } catch (Exception e) {
            add(ExceptionMessages.summarize(e));
            return other;
        }
    }

    public boolean isEmpty() {
        return problems.isEmpty();
    }

    /** Returns the faults, a line each, in the order in which they were found. */
    public List<String> all() {
        return List.copyOf(problems);
    }
}
