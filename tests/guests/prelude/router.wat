;; A router around a guest. The guest gives `$misbehave`, which is called for a
;; refund with a valid decision prepared, or `$configuring`, which is called by
;; `configure`, or both. Every other transaction is notified of correctly, by
;; SMS to the cardholder.
(import "tillbell:plugin/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(memory (export "memory") 4)

;; Where the next allocation lies. The areas below are beneath the first.
(global $next (mut i32) (i32.const 8192))
;; The answer to `configure`: all zeros is an empty list of what it understood.
(global $configured i32 (i32.const 1024))
;; result<decision, routing-error>, 48 bytes:
;;   0 error?, 8 outcome (0 notify, 1 suppress, 2 defer), 16 deliveries and
;;   20 how many, or 16 seconds and 24 offset; 32 reason, 40 rule
(global $decision i32 (i32.const 2048))
;; delivery, 80 bytes: 0 party, 4 channel, 12 template, 20 locale, 28 priority,
;;   32 not before?, 40 seconds, 48 offset, 56 expires?, 64 seconds, 72 offset
(global $delivery i32 (i32.const 2112))
(data (i32.const 2304) "sms")
(data (i32.const 2312) "purchase")
(data (i32.const 2328) "zh-CN")
(data (i32.const 2336) "guest")

(func $string (param $at i32) (param $text i32) (param $bytes i32)
  (i32.store (local.get $at) (local.get $text))
  (i32.store offset=4 (local.get $at) (local.get $bytes)))

;; Prepares a valid decision.
(func $decide
  (i32.store offset=16 (global.get $decision) (global.get $delivery))
  (i32.store offset=20 (global.get $decision) (i32.const 1))
  (call $string (i32.add (global.get $decision) (i32.const 32)) (i32.const 2336) (i32.const 5))
  (call $string (i32.add (global.get $decision) (i32.const 40)) (i32.const 2336) (i32.const 5))
  (call $string (i32.add (global.get $delivery) (i32.const 4)) (i32.const 2304) (i32.const 3))
  (call $string (i32.add (global.get $delivery) (i32.const 12)) (i32.const 2312) (i32.const 8))
  (call $string (i32.add (global.get $delivery) (i32.const 20)) (i32.const 2328) (i32.const 5)))

(func (export "configure") (param i32 i32) (result i32)
  (call $configuring)
  (global.get $configured))

;; The parameters lie in memory: the facts, which begin with the event, which
;; begins with its kind. Only "refund" has six letters.
(func (export "tillbell:plugin/routing@0.1.0#route") (param $call i32) (result i32)
  (call $decide)
  (if (result i32) (i32.eq (i32.load offset=4 (local.get $call)) (i32.const 6))
    (then (call $misbehave (local.get $call)))
    (else (global.get $decision))))

(func (export "cabi_realloc") (param $old i32) (param i32) (param $align i32) (param $bytes i32)
  (result i32)
  (local $at i32)
  (local.set $at
    (i32.and
      (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
  (global.set $next (i32.add (local.get $at) (local.get $bytes)))
  (local.get $at))
