<?php
// One line of a file is one effect. The lock makes looking and appending one step.
$store = fopen($_SERVER['RECEIVER_STORE'], 'c+');
flock($store, LOCK_EX);
$lines = preg_split('/\n/', stream_get_contents($store), -1, PREG_SPLIT_NO_EMPTY);
header('Content-Type: application/json');
if ($_SERVER['REQUEST_METHOD'] === 'GET') {
    $asked = isset($_GET['device']) ? "{$_GET['device']}|{$_GET['time']}|{$_GET['seqNumber']}" : null;
    echo json_encode(['count' => $asked === null ? count($lines) : count(array_keys($lines, $asked, true))]);
    exit;
}
$uplink = json_decode(file_get_contents('php://input'), true);
if (!isset($uplink['device'], $uplink['time'], $uplink['seqNumber'])) {
    http_response_code(400);
    exit;
}
$line = "{$uplink['device']}|{$uplink['time']}|{$uplink['seqNumber']}";
if ($_SERVER['RECEIVER_KIND'] === 'broken' || !in_array($line, $lines, true)) {
    fseek($store, 0, SEEK_END);
    fwrite($store, "$line\n");
    fflush($store);
}
http_response_code(204);
