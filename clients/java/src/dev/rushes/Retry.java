package dev.rushes;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * Tries again what a retry may cure, with exponential back-off and full jitter.
 *
 * <pre>{@code
 * receipt = new Retry(5).run(() -> client.call("debayer", request));
 * }</pre>
 *
 * <p>Safe for every request: a unit that was done already is answered with its receipt.
 */
public final class Retry {
    private static final double FIRST = 0.5;
    private static final double LONGEST = 30.0;
    private static final Duration LONGEST_ASKED = Duration.ofMinutes(10);

    /** How time passes; tests have their own. */
    public interface Pause {
        /** Return after so long. */
        void pause(Duration wait) throws InterruptedException;
    }

    private final int attempts;
    private final Pause pause;
    private final DoubleSupplier jitter;

    /** So many attempts in all. */
    public Retry(int attempts) {
        this(
                attempts,
                wait -> Thread.sleep(wait.toMillis()),
                () -> ThreadLocalRandom.current().nextDouble());
    }

    /** With another clock, and another source of numbers from 0 to below 1. */
    public Retry(int attempts, Pause pause, DoubleSupplier jitter) {
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts are one or more");
        }
        this.attempts = attempts;
        this.pause = pause;
        this.jitter = jitter;
    }

    /** What the call gives; its last error when it gave none. */
    public <T> T run(Supplier<T> call) {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.get();
            } catch (RushesException error) {
                if (!error.retryable() || attempt == attempts) {
                    throw error;
                }
                waitFor(error, attempt);
            }
        }
    }

    private void waitFor(RushesException error, int attempt) {
        double most = Math.min(LONGEST, FIRST * Math.pow(2.0, Math.min(attempt - 1, 16)));
        Duration wait = Duration.ofMillis(Math.round(1000 * most * jitter.getAsDouble()));
        Duration asked = error.retryAfter().orElse(Duration.ZERO);
        // Never sooner than asked; the jitter comes on top, or all come back at one moment.
        wait = wait.plus(asked.compareTo(LONGEST_ASKED) > 0 ? LONGEST_ASKED : asked);
        try {
            pause.pause(wait);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            error.addSuppressed(interrupted);
            throw error;
        }
    }
}
