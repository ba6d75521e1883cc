package dev.rushes;

import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/** What a function's, a broker's or a gateway's HTTP answer means. */
final class Answers {
    private Answers() {}

    /** The receipt or plan of a 200, or null when the request was taken and not answered. */
    static Map<String, Object> read(String url, HttpResponse<String> response) {
        int status = response.statusCode();
        String body = response.body();
        if (status == 202 || (status / 100 == 2 && body.isBlank())) {
            return null;
        }
        Map<String, Object> found = objectOrNull(body);
        if (status == 200 && found != null) {
            return found;
        }
        if (status / 100 == 2) {
            throw RushesException.named(
                    "internal_error",
                    RushesException.Facts.of(url + " answered " + status + " with no JSON object"));
        }
        Duration later = retryAfter(response);
        if (found != null && found.get("code") instanceof String) {
            throw RushesException.of(found, later);
        }
        throw RushesException.named(
                codeOf(status),
                new RushesException.Facts(
                        "the server answered " + status + firstLine(body), Map.of(), later));
    }

    private static Map<String, Object> objectOrNull(String body) {
        try {
            return Json.readObject(body);
        } catch (IllegalArgumentException error) {
            return null;
        }
    }

    /** For what a gateway says in the function's place. */
    private static String codeOf(int status) {
        switch (status) {
            case 408, 504:
                return "deadline_exceeded";
            case 413:
                return "limit_exceeded";
            case 429:
                return "busy";
            case 502, 503:
                return "store_unavailable";
            default:
                return status / 100 == 4 ? "invalid_request" : "internal_error";
        }
    }

    private static String firstLine(String body) {
        String said = body.strip().lines().findFirst().orElse("");
        return said.isEmpty() ? "" : ": " + said.substring(0, Math.min(200, said.length()));
    }

    private static Duration retryAfter(HttpResponse<String> response) {
        String said = response.headers().firstValue("Retry-After").orElse("").strip();
        if (said.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(said));
        }
        try {
            ZonedDateTime then = ZonedDateTime.parse(said, DateTimeFormatter.RFC_1123_DATE_TIME);
            Duration wait = Duration.between(ZonedDateTime.now(then.getZone()), then);
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException error) {
            return null;
        }
    }
}
