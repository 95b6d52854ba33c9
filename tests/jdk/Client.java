import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Many TLS handshakes in one JVM, as an HTTPS client of the JDK makes them with all its defaults.
 *
 * Writes the port on which it is asked. There it says its version, reads lines of port, file of roots and host name,
 * separated by tabs, and answers each with one line: "accept", or "refuse" and the messages of the exception and its
 * causes, separated by a tab. It ends with its standard input.
 */
public final class Client {
    public static void main(String[] arguments) throws Exception {
        ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread accepting = new Thread(() -> accept(listener));
        accepting.setDaemon(true);
        accepting.start();
        System.out.println(listener.getLocalPort());
        System.out.close();
        while (System.in.read() >= 0) {
        }
    }

    private static void accept(ServerSocket listener) {
        while (true) {
            try {
                Socket asking = listener.accept();
                Thread answering = new Thread(() -> answer(asking));
                answering.setDaemon(true);
                answering.start();
            } catch (IOException problem) {
                return;
            }
        }
    }

    private static void answer(Socket asking) {
        try (asking) {
            asking.setTcpNoDelay(true);
            InputStreamReader reader = new InputStreamReader(asking.getInputStream(), StandardCharsets.UTF_8);
            BufferedReader lines = new BufferedReader(reader);
            PrintStream answers = new PrintStream(asking.getOutputStream(), false, StandardCharsets.UTF_8);
            say(answers, "jdk\t" + System.getProperty("java.version"));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] parts = line.split("\t");
                say(answers, outcome(Integer.parseInt(parts[0]), parts[1], parts[2]));
            }
        } catch (IOException problem) {
            // Whoever asked is gone.
        }
    }

    private static void say(PrintStream answers, String line) {
        answers.print(line + "\n");
        answers.flush();
    }

    private static String outcome(int port, String roots, String host) {
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
            plain.setSoTimeout(10000);
            SSLSocket socket = (SSLSocket) context(roots).getSocketFactory().createSocket(plain, host, port, true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return "accept";
        } catch (Exception problem) {
            StringBuilder words = new StringBuilder();
            Throwable last = null;
            for (Throwable each = problem; each != null && each != last; each = each.getCause()) {
                words.append(words.length() > 0 ? " / " : "").append(each.getMessage());
                last = each;
            }
            return "refuse\t" + words.toString().replaceAll("\\s+", " ");
        }
    }

    private static SSLContext context(String roots) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream file = new FileInputStream(roots)) {
            int count = 0;
            for (Certificate root : CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                store.setCertificateEntry("root" + count++, root);
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
