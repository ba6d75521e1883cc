import dev.rushes.JobReport;
import dev.rushes.Json;
import dev.rushes.Retry;
import dev.rushes.RushesClient;
import dev.rushes.RushesException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Does what the test says, one JSON line on standard input each, one JSON line out. */
public final class Driver {
    private Driver() {}

    public static void main(String[] none) throws Exception {
        var in = new java.io.BufferedReader(
                new java.io.InputStreamReader(System.in, java.nio.charset.StandardCharsets.UTF_8));
        var out = new java.io.PrintStream(
                System.out, true, java.nio.charset.StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(Json.write(answer(Json.readObject(line))));
        }
    }

    private static Map<String, Object> answer(Map<String, Object> ask) {
        Map<String, Object> said = new LinkedHashMap<>();
        try {
            said.put("value", act(ask, said));
        } catch (RushesException error) {
            said.put("error", error.getClass().getSimpleName());
            said.put("code", error.code());
            said.put("status", error.status());
            said.put("retryable", error.retryable());
            said.put("detail", error.getMessage());
            said.put("facts", error.facts());
            said.put("after", error.retryAfter().map(Duration::toSeconds).orElse(null));
        } catch (IllegalArgumentException error) {
            said.put("error", "IllegalArgumentException");
            said.put("detail", error.getMessage());
        }
        return said;
    }

    private static Object act(Map<String, Object> ask, Map<String, Object> said) {
        String what = (String) ask.get("do");
        if (what.equals("json")) {
            return Json.write(Json.read((String) ask.get("text")));
        }
        if (what.equals("nan")) {
            return Json.write(Double.NaN);
        }
        Duration timeout = Duration.ofMillis(((Number) ask.getOrDefault("wait", 60000)).longValue());
        RushesClient client =
                new RushesClient((String) ask.get("url"), (String) ask.get("token"), timeout);
        Map<String, Object> request = Json.object(ask.get("request"));
        String operation = (String) ask.get("operation");
        switch (what) {
            case "call":
                return client.call(operation, request);
            case "explain":
                return client.explain(operation, request);
            case "send":
                return client.send(operation, request, (String) ask.get("id"), "/java tests")
                        .orElse(null);
            case "dispatch":
                JobReport report = client.dispatch(request);
                return List.of(
                        report.state(), report.complete(), report.units(), report.done(),
                        report.reused(), report.failed(), report.failures());
            case "retry":
                List<Object> waits = new ArrayList<>();
                said.put("waits", waits);
                Retry retry = new Retry(
                        ((Number) ask.get("attempts")).intValue(),
                        wait -> waits.add(wait.toMillis()),
                        () -> 0.5);
                return retry.run(() -> client.call(operation, request));
            default:
                throw new IllegalArgumentException(what);
        }
    }
}
