;; What Emacs shows of a file and what an action makes of it, as JSON in the file $ANSWER. Run by test_emacs.py, after
;; the set-up of docs/editors.md.

(require 'package)
(package-initialize)
(require 'eglot)
(require 'flymake)
(require 'json)
(require 'yaml-mode)

(defun await (what condition)
  "Wait until CONDITION gives something; without it after 20 seconds, fail with WHAT."
  (let ((end (+ (float-time) 20)))
    (while (not (funcall condition))
      (when (> (float-time) end) (error "Waited for %s" what))
      (accept-process-output nil 0.05))))

(defun shown ()
  "The diagnostics of the buffer."
  (mapcar (lambda (diagnostic)
            `((line . ,(line-number-at-pos (flymake-diagnostic-beg diagnostic)))
              (text . ,(flymake-diagnostic-text diagnostic))))
          (flymake-diagnostics)))

(defun check ()
  "Look at the file $MANIFEST."
  (setq eglot-confirm-server-initiated-edits nil)
  (find-file (getenv "MANIFEST"))
  (yaml-mode)
  (eglot-ensure)
  (run-hooks 'post-command-hook) ; what eglot-ensure waits for
  (await "the server" #'eglot-current-server)
  (await "diagnostics" (lambda () (flymake-start) (flymake-diagnostics)))
  (let ((before (shown)))
    (goto-char (flymake-diagnostic-beg (car (flymake-diagnostics))))
    (cl-letf ((last-nonmenu-event t) ; not by the mouse: no menu pops up
              ((symbol-function 'completing-read) (lambda (_ choices &rest _) (car (all-completions "Change targetPort" choices)))))
      (eglot-code-actions (line-beginning-position) (line-end-position) "quickfix" t))
    (await "an edit" #'buffer-modified-p)
    (let ((text (buffer-substring-no-properties (point-min) (point-max))))
      (set-buffer-modified-p nil)
      (with-temp-file (getenv "ANSWER")
        (insert (json-encode `((before . ,(vconcat before)) (text . ,text)))))))
  (eglot-shutdown (eglot-current-server))
  (kill-emacs))
