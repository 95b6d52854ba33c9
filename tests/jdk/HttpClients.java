import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Posts to the ports that it reads from its standard input, with both HTTP clients of the JDK.
 *
 * A line in: number TAB port TAB milliseconds. Two lines out: number TAB client TAB status TAB bytes of the body TAB
 * the error of the body TAB the error. The status is - where the client gave none, the bytes are - where the body
 * could not be read.
 */
public final class HttpClients {
    private static final byte[] BODY = "{\"device\":\"516C4EC0\"}".getBytes(StandardCharsets.US_ASCII);
    private static final ExecutorService POOL = Executors.newCachedThreadPool(HttpClients::daemon);
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(ProxySelector.of(null))
            .executor(POOL)
            .build();

    private interface Exchange {
        void run(Outcome outcome) throws Exception;
    }

    private static final class Outcome {
        String status = "-";
        String size = "-";
        String broken = "";
        String error = "";
    }

    public static void main(String[] arguments) throws IOException {
        System.out.println("ready\t" + System.getProperty("java.version"));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] fields = line.split("\t");
            int port = Integer.parseInt(fields[1]);
            int limit = Integer.parseInt(fields[2]);
            POOL.submit(() -> play(fields[0], "HttpURLConnection", outcome -> old(port, limit, outcome)));
            POOL.submit(() -> play(fields[0], "java.net.http", outcome -> current(port, limit, outcome)));
        }
        System.exit(0);
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    private static void play(String number, String client, Exchange exchange) {
        Outcome outcome = new Outcome();
        try {
            exchange.run(outcome);
        } catch (Throwable error) {
            if (outcome.status.equals("-")) {
                outcome.error = words(error);
            } else {
                outcome.broken = words(error);
            }
        }
        String[] fields = {number, client, outcome.status, outcome.size, outcome.broken, outcome.error};
        synchronized (System.out) {
            System.out.println(String.join("\t", fields));
        }
    }

    private static void old(int port, int limit, Outcome outcome) throws Exception {
        URL url = new URL("http://127.0.0.1:" + port + "/callback");
        HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(limit);
        connection.setReadTimeout(limit);
        connection.setRequestMethod("POST");
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(BODY);
        }
        int status = connection.getResponseCode();
        if (status == -1) {
            throw new IOException("getResponseCode() gave -1");
        }
        outcome.status = Integer.toString(status);
        InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream();
        outcome.size = read(body, limit);
    }

    private static void current(int port, int limit, Outcome outcome) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/callback"))
                .timeout(Duration.ofMillis(limit))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(BODY))
                .build();
        HttpResponse<InputStream> response = within(limit * 2L,
                () -> CLIENT.send(request, HttpResponse.BodyHandlers.ofInputStream()));
        outcome.status = Integer.toString(response.statusCode());
        outcome.size = read(response.body(), limit);
    }

    private static String read(InputStream body, int limit) throws Exception {
        if (body == null) {
            return "0";
        }
        return within(limit * 2L, () -> {
            try (InputStream open = body) {
                return Integer.toString(open.readAllBytes().length);
            }
        });
    }

    private static <T> T within(long milliseconds, Callable<T> work) throws Exception {
        try {
            return POOL.submit(work).get(milliseconds, TimeUnit.MILLISECONDS);
        } catch (ExecutionException error) {
            throw error.getCause() instanceof Exception ? (Exception) error.getCause() : error;
        } catch (TimeoutException error) {
            throw new TimeoutException("nothing more came");
        }
    }

    private static String words(Throwable error) {
        Throwable deepest = error;
        while (deepest.getCause() != null && deepest.getCause() != deepest) {
            deepest = deepest.getCause();
        }
        StringBuilder text = new StringBuilder();
        String said = deepest.getClass().getSimpleName() + (deepest.getMessage() == null ? "" : ": " + deepest.getMessage());
        for (int at = 0; at < Math.min(said.length(), 160); at++) {
            char letter = said.charAt(at);
            text.append(letter >= ' ' && letter < 127 ? letter : '.');
        }
        return text.toString();
    }
}
