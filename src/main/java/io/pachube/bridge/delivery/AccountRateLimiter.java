package io.pachube.bridge.delivery;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the requests of one account apart: an attempt begins when the request before it ended an
 * interval ago, so that requests arrive at least that far apart, however long each takes. A 429
 * makes the account wait, too. Whoever waits is served in order of arrival and occupies no thread.
 *
 * <p>Thread safe; an account without requests leaves nothing behind.
 */
final class AccountRateLimiter {

    private static final class Account {
        /** One attempt at a time, where an interval is kept. */
        boolean busy;

        /** When the next request may begin, in {@link System#nanoTime}. */
        long notBefore = System.nanoTime();

        boolean timerSet;
        final Queue<Runnable> waiting = new ArrayDeque<>(2);
    }

    private final ScheduledExecutorService scheduler;
    private final Map<String, Account> accounts = new HashMap<>();

    /**
     * @param scheduler runs waiting tasks when they are due
     */
    AccountRateLimiter(ScheduledExecutorService scheduler) {
        this.scheduler = scheduler;
    }

    /**
     * Returns true if an attempt may begin now; {@link #release} must follow. Otherwise runs the
     * given task when it may try again.
     *
     * @param interval between two requests, in nanoseconds; 0: only a 429 is waited for
     */
    synchronized boolean acquire(String name, long interval, Runnable whenFree) {
        Account account = accounts.get(name);
        if (account == null) {
            if (interval == 0) {
                return true;
            }
            account = new Account();
            accounts.put(name, account);
        }
        if (account.busy || account.notBefore - System.nanoTime() > 0) {
            account.waiting.add(whenFree);
            wakeLater(name, account);
            return false;
        }
        account.busy = interval > 0;
        return true;
    }

    /** Called when an attempt that acquired the account has ended. */
    synchronized void release(String name) {
        Account account = accounts.get(name);
        if (account != null && account.busy) {
            account.busy = false;
            wakeLater(name, account);
        }
    }

    /**
     * Returns how long the next request of the attempt that has the account must wait, in
     * nanoseconds; 0 or less: not at all.
     */
    synchronized long remaining(String name) {
        Account account = accounts.get(name);
        return account == null ? 0 : account.notBefore - System.nanoTime();
    }

    /** Lets no request of the account begin for so many nanoseconds. */
    synchronized void delay(String name, long nanos) {
        Account account = accounts.computeIfAbsent(name, n -> new Account());
        delay(account, nanos);
        wakeLater(name, account);
    }

    private static void delay(Account account, long nanos) {
        long until = System.nanoTime() + nanos;
        if (until - account.notBefore > 0) {
            account.notBefore = until;
        }
    }

    private void wakeLater(String name, Account account) {
        if (account.busy || account.timerSet) {
            return;
        }
        account.timerSet = true;
        long nanos = Math.max(0, account.notBefore - System.nanoTime());
        try {
            scheduler.schedule(() -> wake(name, account), nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // shut down: whatever waits was revoked
            accounts.remove(name);
        }
    }

    /** In turn, until one has begun an attempt: one that waited may want none any more. */
    private void wake(String name, Account account) {
        while (true) {
            Runnable next;
            synchronized (this) {
                account.timerSet = false;
                if (account.busy) {
                    return;
                }
                if (account.notBefore - System.nanoTime() > 0) {
                    wakeLater(name, account);
                    return;
                }
                next = account.waiting.poll();
                if (next == null) {
                    accounts.remove(name, account);
                    return;
                }
            }
            next.run();
        }
    }

    /** Returns how many accounts are busy or wait. */
    synchronized int size() {
        return accounts.size();
    }
}
