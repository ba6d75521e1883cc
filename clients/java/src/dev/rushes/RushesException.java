package dev.rushes;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Every error that rushes answers with, as one tree; the names and codes are the contract's.
 *
 * <pre>
 * RushesException                 HTTP  retry
 * +-- InvalidRequest               400  never
 * +-- UnsupportedMedia             415  never
 * +-- DamagedSource                422  never
 * +-- SourceNotFound               404  never
 * +-- OutputConflict               409  never
 * +-- Refused                      403  never
 * +-- LimitExceeded                413  never
 * +-- StoreUnavailable             503  yes
 * +-- DeadlineExceeded             504  yes
 * +-- Busy                         429  yes
 * +-- InternalError                500  never
 * </pre>
 *
 * The message is one sentence for a person; {@link #facts()} is for a program.
 */
public abstract class RushesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final int status;
    private final boolean retryable;
    // Not serialised: JSON values need not be.
    private final transient Map<String, Object> facts;
    private final Duration retryAfter;

    private RushesException(String code, int status, boolean retryable, Facts found) {
        super(found.detail);
        this.code = code;
        this.status = status;
        this.retryable = retryable;
        this.facts = Collections.unmodifiableMap(new LinkedHashMap<>(found.facts));
        this.retryAfter = found.retryAfter;
    }

    /** The contract's word, as {@code source_not_found}. */
    public String code() {
        return code;
    }

    /** The HTTP status that belongs to the code. */
    public int status() {
        return status;
    }

    /** Whether the same request may succeed later. */
    public boolean retryable() {
        return retryable;
    }

    /** What else was said: {@code field}, {@code uri}, {@code frame}, {@code problems}, ... */
    public Map<String, Object> facts() {
        return facts == null ? Map.of() : facts;
    }

    /** What Retry-After said. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** What an error says, before it is known which one it is. */
    static final class Facts {
        final String detail;
        final Map<String, Object> facts;
        final Duration retryAfter;

        Facts(String detail, Map<String, Object> facts, Duration retryAfter) {
            this.detail = detail;
            this.facts = facts;
            this.retryAfter = retryAfter;
        }

        static Facts of(String detail) {
            return new Facts(detail, Map.of(), null);
        }
    }

    /** The error that an {@code application/problem+json} object describes. */
    static RushesException of(Map<String, Object> problem, Duration retryAfter) {
        Map<String, Object> facts = new LinkedHashMap<>(problem);
        Object code = facts.remove("code");
        Object title = facts.remove("title");
        Object detail = facts.remove("detail");
        for (String name : new String[] {"type", "status", "retryable"}) {
            facts.remove(name);
        }
        facts.values().removeIf(value -> value == null);
        Object said = detail != null ? detail : title != null ? title : "no detail";
        return named(String.valueOf(code), new Facts(said.toString(), facts, retryAfter));
    }

    static RushesException named(String code, Facts facts) {
        switch (code) {
            case "invalid_request":
                return new InvalidRequest(facts);
            case "unsupported_media":
                return new UnsupportedMedia(facts);
            case "damaged_source":
                return new DamagedSource(facts);
            case "source_not_found":
                return new SourceNotFound(facts);
            case "output_conflict":
                return new OutputConflict(facts);
            case "refused":
                return new Refused(facts);
            case "limit_exceeded":
                return new LimitExceeded(facts);
            case "store_unavailable":
                return new StoreUnavailable(facts);
            case "deadline_exceeded":
                return new DeadlineExceeded(facts);
            case "busy":
                return new Busy(facts);
            default:
                return new InternalError(facts);
        }
    }

    /** A field is missing, unknown or of the wrong type; {@code problems} names all of them. */
    public static final class InvalidRequest extends RushesException {
        private static final long serialVersionUID = 1L;

        InvalidRequest(Facts facts) {
            super("invalid_request", 400, false, facts);
        }
    }

    /** A format or variant that is not read, named with what was found. */
    public static final class UnsupportedMedia extends RushesException {
        private static final long serialVersionUID = 1L;

        UnsupportedMedia(Facts facts) {
            super("unsupported_media", 415, false, facts);
        }
    }

    /** Truncated, corrupt, all-zero or encrypted picture data. */
    public static final class DamagedSource extends RushesException {
        private static final long serialVersionUID = 1L;

        DamagedSource(Facts facts) {
            super("damaged_source", 422, false, facts);
        }
    }

    /** The clip, a frame of it or a sidecar is not there. */
    public static final class SourceNotFound extends RushesException {
        private static final long serialVersionUID = 1L;

        SourceNotFound(Facts facts) {
            super("source_not_found", 404, false, facts);
        }
    }

    /** Other content already stands at the output. */
    public static final class OutputConflict extends RushesException {
        private static final long serialVersionUID = 1L;

        OutputConflict(Facts facts) {
            super("output_conflict", 409, false, facts);
        }
    }

    /** Outside the allowed roots, a scheme that is off, or a wrong token. */
    public static final class Refused extends RushesException {
        private static final long serialVersionUID = 1L;

        Refused(Facts facts) {
            super("refused", 403, false, facts);
        }
    }

    /** More pixels, frames or bytes than the function's limits. */
    public static final class LimitExceeded extends RushesException {
        private static final long serialVersionUID = 1L;

        LimitExceeded(Facts facts) {
            super("limit_exceeded", 413, false, facts);
        }
    }

    /** The storage, or the function itself, did not answer. */
    public static final class StoreUnavailable extends RushesException {
        private static final long serialVersionUID = 1L;

        StoreUnavailable(Facts facts) {
            super("store_unavailable", 503, true, facts);
        }
    }

    /** The unit took longer than it may, or the answer longer than the client waits. */
    public static final class DeadlineExceeded extends RushesException {
        private static final long serialVersionUID = 1L;

        DeadlineExceeded(Facts facts) {
            super("deadline_exceeded", 504, true, facts);
        }
    }

    /** The worker is at its work already, or shutting down. */
    public static final class Busy extends RushesException {
        private static final long serialVersionUID = 1L;

        Busy(Facts facts) {
            super("busy", 429, true, facts);
        }
    }

    /** A fault of rushes itself, or an answer that is none. */
    public static final class InternalError extends RushesException {
        private static final long serialVersionUID = 1L;

        InternalError(Facts facts) {
            super("internal_error", 500, false, facts);
        }
    }
}
