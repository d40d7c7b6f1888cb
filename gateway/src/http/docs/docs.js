// Draws the server's own document; follows the system's light or dark until somebody chooses.
const button = document.getElementById("theme");
const system = window.matchMedia("(prefers-color-scheme: dark)");
let chosen = null;

function paint() {
  const dark = chosen ?? system.matches;
  document.documentElement.classList.toggle("dark-mode", dark);
  button.setAttribute("aria-pressed", String(dark));
}

button.addEventListener("click", () => {
  chosen = !(chosen ?? system.matches);
  paint();
});
system.addEventListener("change", paint);
paint();

window.ui = SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#ui",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  filter: true,
  // Credentials are forgotten with the page.
  persistAuthorization: false,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
