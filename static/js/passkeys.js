/* Passkeys: asks the device when a form marked data-passkey is sent, and sends its answer along. Without it the
   forms stay hidden or say that they need a script. */
(function () {
  "use strict";
  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }
  function text(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function keys(list) { return (list || []).map(function (key) { return Object.assign({}, key, { id: bytes(key.id) }); }); }

  function ask(kind, options) {
    options.challenge = bytes(options.challenge);
    if (kind === "create") {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = keys(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = keys(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }

  function answer(credential) {
    var from = credential.response, response = { clientDataJSON: text(from.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (from[name]) { response[name] = text(from[name]); }
    });
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response: response, clientExtensionResults: {} });
  }

  if (!window.PublicKeyCredential || !navigator.credentials) { return; }
  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var error = form.querySelector("[data-passkey-error]");
      error.hidden = true;
      ask(form.dataset.passkey, JSON.parse(form.dataset.options)).then(function (credential) {
        form.elements.credential.value = answer(credential);
        form.submit();
      }).catch(function () { error.hidden = false; });
    });
  });
})();
