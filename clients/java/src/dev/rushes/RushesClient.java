package dev.rushes;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A functions server somewhere. Needs a JDK of 17 or newer and nothing else.
 *
 * <pre>{@code
 * RushesClient client = new RushesClient("http://functions:8080");
 * Map<String, Object> receipt = client.call("debayer", Map.of(
 *     "input", "s3://camera/A001/", "output", "s3://plates/A001/", "frames", "1001-1024"));
 * }</pre>
 *
 * <p>Requests and receipts are JSON objects as {@link Json} reads them. Each call throws a
 * {@link RushesException}: what the function answered, StoreUnavailable when nobody answers,
 * DeadlineExceeded when it took too long. Nothing is retried here: a unit sent twice is one
 * unit, so a caller may; see {@link Retry}. Instances may be shared by threads.
 */
public final class RushesClient {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofSeconds(3660);

    private final String url;
    private final String token;
    private final Duration timeout;
    private final HttpClient http;

    /** Without a token, waiting as long as a unit may take by default. */
    public RushesClient(String url) {
        this(url, null, LONGEST);
    }

    /**
     * All that can be said.
     *
     * @param url of a server of one function or of several
     * @param token what RUSHES_TOKEN_FILE holds on the other side, or null
     * @param timeout for one answer
     */
    public RushesClient(String url, String token, Duration timeout) {
        if (!url.matches("https?://[^/\\s]\\S*")) {
            throw invalid(url + " is not an http(s) address");
        }
        this.url = url.replaceAll("/+$", "");
        this.token = token;
        this.timeout = Objects.requireNonNull(timeout);
        // A redirect is not followed: a token must not travel to where a server points.
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout.compareTo(CONNECT) < 0 ? timeout : CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** Do one unit there and wait for its receipt. */
    public Map<String, Object> call(String operation, Map<String, ?> request) {
        String to = url + "/" + checked(operation);
        return answered(Answers.read(url, post(post(to, "application/json", request))));
    }

    /** What {@link #call} would do, from headers only. */
    public Map<String, Object> explain(String operation, Map<String, ?> request) {
        Map<String, Object> asked = new LinkedHashMap<>(request);
        asked.put("explain", true);
        return call(operation, asked);
    }

    /**
     * Send the same request as a CloudEvent in binary mode, to a function, a broker or a gateway.
     *
     * @param id of the event; brokers take two events of one id for one
     * @return the receipt, or nothing when the event was taken and will be answered by a receipt
     *     in the storage only
     */
    public Optional<Map<String, Object>> send(
            String operation, Map<String, ?> request, String id, String source) {
        HttpRequest event = HttpRequest.newBuilder(
                        post(url + "/", "application/json", request), (name, value) -> true)
                .header("ce-specversion", "1.0")
                .header("ce-type", "dev.rushes." + checked(operation) + ".requested.v1")
                .header("ce-id", encoded(id))
                .header("ce-source", encoded(source))
                .build();
        return Optional.ofNullable(Answers.read(url, post(event)));
    }

    /**
     * Have a job done: its units are planned, sent and waited for by the function dispatch.
     *
     * <p>Called again with the same job it does what is missing and nothing else, so a job is
     * followed by calling until {@link JobReport#complete()}.
     */
    public JobReport dispatch(Map<String, ?> job) {
        Map<String, Object> receipt = call("dispatch", job);
        try {
            return new JobReport(Json.object(receipt.get("report")));
        } catch (IllegalArgumentException | ClassCastException | NullPointerException error) {
            throw RushesException.named(
                    "internal_error", RushesException.Facts.of(url + " answered with no report"));
        }
    }

    private HttpRequest post(String to, String media, Map<String, ?> request) {
        String body;
        try {
            body = Json.write(request);
        } catch (IllegalArgumentException error) {
            throw invalid(error.getMessage());
        }
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(to))
                .timeout(timeout)
                .header("Content-Type", media)
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (token != null) {
            builder.header("Authorization", "Bearer " + token);
        }
        return builder.build();
    }

    private HttpResponse<String> post(HttpRequest request) {
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(
                request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        try {
            // The request's own timeout ends with the headers; a body may stall after them.
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException error) {
            answer.cancel(true);
            throw because(error, "deadline_exceeded", url + " did not answer in time");
        } catch (InterruptedException error) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw because(error, "deadline_exceeded", "interrupted while waiting for " + url);
        } catch (ExecutionException error) {
            throw failed(error.getCause());
        }
    }

    private RushesException failed(Throwable cause) {
        if (cause instanceof HttpConnectTimeoutException) {
            return because(cause, "store_unavailable", url + " cannot be reached in time");
        }
        if (cause instanceof HttpTimeoutException) {
            return because(cause, "deadline_exceeded", url + " did not answer in time");
        }
        if (cause instanceof IOException) {
            return because(cause, "store_unavailable", url + " cannot be reached: " + cause);
        }
        return because(cause, "internal_error", "the request to " + url + " failed: " + cause);
    }

    private Map<String, Object> answered(Map<String, Object> found) {
        if (found == null) {
            throw RushesException.named(
                    "internal_error",
                    RushesException.Facts.of(url + " took the request and did no work"));
        }
        if (!(found.get("operation") instanceof String)) {
            // A page of a gateway may be JSON too.
            throw RushesException.named(
                    "internal_error", RushesException.Facts.of(url + " answered with no receipt"));
        }
        return found;
    }

    private static String checked(String operation) {
        if (!operation.matches("[a-z][a-z0-9-]*")) {
            throw invalid("\"" + operation + "\" is no operation");
        }
        return operation;
    }

    /** CloudEvents HTTP binding 3.1.3.2: space, quote, percent and what is not ASCII. */
    private static String encoded(String value) {
        StringBuilder out = new StringBuilder();
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0x20 && b < 0x7f && b != '"' && b != '%';
            out.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b & 0xff));
        }
        return out.toString();
    }

    private static RushesException invalid(String detail) {
        return RushesException.named("invalid_request", RushesException.Facts.of(detail));
    }

    private static RushesException because(Throwable cause, String code, String detail) {
        RushesException error = RushesException.named(code, RushesException.Facts.of(detail));
        error.initCause(cause);
        return error;
    }
}
